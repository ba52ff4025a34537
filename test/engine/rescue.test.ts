import { deepStrictEqual, rejects } from 'node:assert'
import { test } from 'uvu'
import { require, sh } from 'haq'
import { content, hold, need, onSite } from './site.ts'

const breaks = { name: 'two', script: sh`echo broken >&2; exit 1` }

onSite(
  'a host on which a task fails after a change is rescued, and has failed all the same',
  ['a', 'b'],
  async site => {
    const tasks = () => [hold({ name: 'one' }), hold(breaks), hold({ name: 'three' })]
    const { hosts } = await site.run([
      { hosts: ['a'], tasks, rescue: () => [hold({ name: 'back' })] },
      { name: 'next', tasks: () => [hold({ name: 'late' })] },
    ])
    deepStrictEqual(
      site.ended.filter(line => line.startsWith('a')),
      ['a hold one changed', 'a hold two failed', 'a hold three skipped', 'a hold back changed'],
    )
    deepStrictEqual([hosts['a']?.failed, site.has('a', 'late'), site.has('b', 'late')], [1, false, true])
  },
)

onSite('a rescue ends where one of its own tasks fails', ['a'], async site => {
  const rescue = () => [hold({ name: 'first' }), need({ name: 'never' }), hold({ name: 'last' })]
  await site.run([{ tasks: () => [hold({ name: 'one' }), hold(breaks)], rescue }])
  deepStrictEqual(site.ended.slice(2), ['a hold first changed', 'a need never failed'])
})

onSite('a host is not rescued where nothing was changed, nothing failed, or in check mode', ['a'], async site => {
  const rescue = () => [hold({ name: 'back' })]
  const plays = [[need({ name: 'never' })], [hold({ name: 'one' })]]
  for (const tasks of plays) await site.run([{ tasks: () => tasks, rescue }])
  await site.run(
    [
      {
        tasks: () => [
          hold({ name: 'new' }),
          { ...need({ name: 'never' }), facts: {}, plan: () => [require('x', false, { final: true })] },
        ],
        rescue,
      },
    ],
    { check: true },
  )
  deepStrictEqual([site.task('need never').status, site.has('a', 'back')], ['failed', false])
})

onSite('a rescue is checked before any host is touched, and may branch on the facts of its play', ['a'], async site => {
  const wrong = { tasks: () => [hold({ name: 'one' })], rescue: () => [hold({ name: 1 as unknown as string })] }
  await rejects(site.run([wrong]), /hold name: /)
  site.write('a', 'kind', 'odd')
  const tasks = () => [hold({ name: 'one' }), hold(breaks)]
  const rescue = (_: unknown, { kind }: Readonly<Record<string, unknown>>) => [hold({ name: String(kind) })]
  await site.run([{ facts: { kind: content('kind') }, tasks, rescue }])
  deepStrictEqual(site.ended.at(-1), 'a hold odd changed')
})

test.run()
