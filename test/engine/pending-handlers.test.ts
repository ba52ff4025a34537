import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { existsSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import { sh } from 'haq'
import { service } from 'haq/modules'
import { content, counter, hold, onSite, type Site } from './site.ts'

/** What an earlier run left. */
async function leavePending(site: Site, host: string, name: string): Promise<void> {
  const folder = join(site.folder, host, '.local/state/haq/owed')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, name), '')
  for (const part of [
    '',
    '/.local',
    '/.local/state',
    '/.local/state/haq',
    '/.local/state/haq/owed',
    `/.local/state/haq/owed/${name}`,
  ])
    await chmod(join(site.folder, host) + part, 0o777)
}

const isMarked = (site: Site, host: string, name: string): boolean =>
  existsSync(join(site.folder, host, '.local/state/haq/owed', name))

const count = counter({ name: 'count', key: 'k' })
const notify = [count]
const fails = hold({ name: 'broken', script: sh`exit 1` })

onSite(
  'a pending handler that the playbook does not have is named, once a host, also in check mode',
  ['a', 'b'],
  async site => {
    await leavePending(site, 'a', 'service-gone-restarted')
    const plays = [{ tasks: () => [hold({ name: 'one' }, { notify })] }, { name: 'more', tasks: () => [] }]
    for (const check of [true, false, false]) {
      const { roundTrips } = await site.run(plays, { check })
      deepStrictEqual(site.warnings, [
        'a has a pending handler from an earlier run: service-gone-restarted; this playbook does not run it',
      ])
      strictEqual(site.events.at(-2)?.event, 'warning')
      if (check) deepStrictEqual(roundTrips, { a: 1, b: 1 })
    }
    ok(isMarked(site, 'a', 'service-gone-restarted'))
  },
)

onSite('a mark that a task of the run itself clears, as that of a join, is not named', ['a', 'b'], async site => {
  for (const host of ['a', 'b']) await leavePending(site, host, 'k')
  const plays = [
    { hosts: ['a'], tasks: () => [count] },
    { name: 'other', hosts: ['b'], tasks: () => [] },
  ]
  for (const check of [true, false]) {
    const { roundTrips } = await site.run([...plays, { name: 'last', tasks: () => [hold({ name: 'one' })] }], { check })
    deepStrictEqual(site.warnings, ['b has a pending handler from an earlier run: k; this playbook does not run it'])
    if (check) deepStrictEqual(roundTrips, { a: 1, b: 1 })
  }
  deepStrictEqual([isMarked(site, 'a', 'k'), isMarked(site, 'b', 'k')], [false, true])
})

onSite('a pending handler that --tags leaves out is named as such, and runs without --tags', ['a'], async site => {
  await leavePending(site, 'a', 'k')
  const plays = [
    { tasks: () => [hold({ name: 'one' }, { notify, tags: ['one'] }), hold({ name: 'two' }, { tags: ['two'] })] },
  ]
  await site.run(plays, { tags: ['two'] })
  deepStrictEqual(site.warnings, [
    'a has a pending handler from an earlier run: counter count; --tags leaves it out of this run',
  ])
  await site.run(plays, { tags: ['one'] })
  deepStrictEqual([site.warnings, isMarked(site, 'a', 'k')], [[], false])
})

onSite('a pending handler of a later play is not named', ['a'], async site => {
  await leavePending(site, 'a', 'k')
  const first = { tasks: () => [hold({ name: 'one' })] }
  await site.run([first, { name: 'later', tasks: () => [hold({ name: 'two' }, { notify })] }])
  deepStrictEqual([site.warnings, site.read('a', 'count')], [[], 'ran\n'])
  await leavePending(site, 'a', 'k')
  const branches = { name: 'later', facts: { now: content('two') }, tasks: () => [hold({ name: 'two' }, { notify })] }
  await site.run([first, branches])
  deepStrictEqual([site.warnings, site.read('a', 'count')], [[], 'ran\nran\n'])
})

onSite('pending handlers of a failed host are named, those of earlier runs too', ['a', 'b'], async site => {
  await leavePending(site, 'a', 'old')
  const old = counter({ name: 'old', key: 'old' })
  const plays = [
    { tasks: () => [hold({ name: 'one' }, { notify }), hold({ name: 'two' }, { notify: [old] }), fails] },
    { name: 'never', tasks: () => [hold({ name: 'three' }, { notify: [counter({ name: 'three', key: 'three' })] })] },
  ]
  await site.run(plays)
  deepStrictEqual(site.warnings, [
    'a has pending handlers: counter count, counter old; the next run runs them',
    'b has pending handlers: counter count, counter old; the next run runs them',
  ])
  await site.run([{ tasks: () => [hold({ name: 'one' }, { notify: [count, old] })] }])
  deepStrictEqual([site.warnings, site.read('a', 'count'), site.read('a', 'old')], [[], 'ran\n', 'ran\n'])
})

onSite('after a failed step the handler is pending too', ['a'], async site => {
  await site.run([{ tasks: () => [hold({ name: 'one', script: sh`exit 1` }, { notify })] }])
  deepStrictEqual(site.warnings, ['a has a pending handler: counter count; the next run runs it'])
  ok(isMarked(site, 'a', 'k'))
  await site.run([{ tasks: () => [hold({ name: 'two' }, { notify: [counter({ name: 'x', key: 'x' })] }), fails] }])
  deepStrictEqual(site.warnings, [
    'a has a pending handler: counter x; the next run runs it',
    'a has a pending handler from an earlier run: k; this playbook does not run it',
  ])
})

onSite('a host whose connection broke in a change may have pending handlers', ['a'], async site => {
  const dies = sh`printf x >"$HOST.one"; kill -9 $$`
  await site.run([{ tasks: () => [hold({ name: 'one', script: dies }, { notify })] }])
  deepStrictEqual(site.warnings, ['a may have a pending handler: counter count; the next run runs it'])
})

onSite('an interrupted run names its pending handlers before the recap', ['a', 'b'], async site => {
  const controller = new AbortController()
  const waits = sh`: >"$HOST.begun"; until [ -e "$HOST.go" ]; do sleep 0.02; done; printf x >"$HOST.one"`
  const plays = [{ tasks: () => [hold({ name: 'one', script: waits }, { notify }), hold({ name: 'two' })] }]
  const run = site.run(plays, { signal: controller.signal, forks: 1 })
  while (!site.has('a', 'begun')) await new Promise(resolve => setTimeout(resolve, 10))
  controller.abort()
  site.write('a', 'go')
  await run
  deepStrictEqual(site.ended, ['a hold one changed', 'a hold two skipped', 'b hold one skipped', 'b hold two skipped'])
  deepStrictEqual(site.warnings, ['a has a pending handler: counter count; the next run runs it'])
  deepStrictEqual(
    site.events.slice(-2).map(({ event }) => event),
    ['warning', 'recap'],
  )
  await site.run(plays, { limit: new Set(['a']) })
  deepStrictEqual([site.read('a', 'count'), site.warnings], ['ran\n', []])
})

for (const state of ['restarted', 'reloaded'] as const)
  onSite(`a pending handler runs when nothing else is to do: service ${state}`, ['a'], async site => {
    const bin = join(site.folder, 'bin')
    await mkdir(bin)
    await writeFile(
      join(bin, 'systemctl'),
      `#!/bin/sh\ncase $1 in show) printf 'LoadState=loaded\\nActiveState=active\\nUnitFileState=enabled\\n' ;; is-enabled) echo enabled ;; *) echo "$*" >>"$HOST.systemctl" ;; esac\n`,
      { mode: 0o755 },
    )
    site.paths.set('a', `${bin}:/usr/bin:/bin`)
    site.write('a', 'one', 'x')
    await leavePending(site, 'a', `service-web-${state}`)
    const plays = [{ tasks: () => [hold({ name: 'one' }, { notify: [service({ name: 'web', state })] })] }]
    await site.run(plays, { check: true })
    deepStrictEqual(site.ended, ['a hold one ok', `a service web ${state} changed`])
    ok(!site.has('a', 'systemctl'))
    await site.run(plays)
    deepStrictEqual([site.ended, site.warnings], [['a hold one ok', `a service web ${state} changed`], []])
    match(site.read('a', 'systemctl') ?? '', /^cat web\.service\ntry-\S*re(start|load-or-restart) -- web\.service\n$/)
    await site.run(plays)
    deepStrictEqual(site.ended, ['a hold one ok'])
  })

test.run()
