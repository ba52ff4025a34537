import { deepStrictEqual, ok } from 'node:assert'
import { test } from 'uvu'
import { sh } from 'haq'
import { hold, onSite } from './site.ts'

onSite('serial goes one host after the other, and stops after one that failed', ['a', 'b', 'c'], async site => {
  const before = sh`case $HOST in */b) exit 1 ;; esac; printf x >"$HOST.one"`
  const plays = [
    { serial: 1, tasks: () => [hold({ name: 'one', script: before }), hold({ name: 'two' })] },
    { name: 'second', tasks: () => [hold({ name: 'three' })] },
  ]
  const { hosts } = await site.run(plays)
  deepStrictEqual(site.ended, [
    'a hold one changed',
    'a hold two changed',
    'b hold one failed',
    'b hold two skipped',
    'c hold one skipped',
    'c hold two skipped',
    'a hold three changed',
  ])
  deepStrictEqual(hosts['c'], { ok: 0, changed: 0, failed: 0, unreachable: 0, skipped: 2, pending: 0 })
  ok(!site.scripts.has('c'), 'a host after the failed one was touched')
  deepStrictEqual(
    site.events.flatMap(event => (event.event === 'warning' ? [event.message] : [])),
    ['play play stops before c: a host before it failed'],
  )
})

for (const anyErrorsFatal of [false, true])
  onSite(
    `a host that fails ${anyErrorsFatal ? 'ends the run, where its play says so' : 'leaves the others their plays'}`,
    ['a', 'b'],
    async site => {
      const fails = sh`case $HOST in */b) exit 1 ;; esac; printf x >"$HOST.one"`
      await site.run([
        { anyErrorsFatal, tasks: () => [hold({ name: 'one', script: fails })] },
        { name: 'second', tasks: () => [hold({ name: 'two' })] },
      ])
      deepStrictEqual([site.has('a', 'one'), site.has('a', 'two')], [true, !anyErrorsFatal])
      deepStrictEqual(
        site.warnings,
        anyErrorsFatal ? ['the run ends with play play: the plays after it need all of its hosts'] : [],
      )
    },
  )

test.run()
