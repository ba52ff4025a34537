import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { test } from 'uvu'
import { run, sh, type Task } from 'haq'
import { counter, hold, onSite, type Site } from './site.ts'

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

const notify = [counter({ name: 'count', key: 'k' })]
const ran = (site: Site): readonly boolean[] => site.hosts.map(host => site.has(host, 'count'))

onSite('handlers in turn begin when all hosts have done the tasks, in their order', ['a', 'b'], async site => {
  const slow = sh`case $HOST in */a) until [ -e "$HOST.go" ]; do sleep 0.02; done ;; esac; printf x >"$HOST.one"`
  const run = site.run([{ serialHandlers: 1, tasks: () => [hold({ name: 'one', script: slow }, { notify })] }])
  await site.hasEnded(1)
  site.write('a', 'go', '')
  await run
  deepStrictEqual(site.ended, [
    'b hold one changed',
    'a hold one changed',
    'a counter count changed',
    'b counter count changed',
  ])
  await site.run([{ serialHandlers: 1, tasks: () => [hold({ name: 'one' }, { notify })] }])
  deepStrictEqual(site.ended.toSorted(), ['a hold one ok', 'b hold one ok'])
})

onSite(
  'when handlers run host by host and one fails, those of the other hosts stay pending',
  ['a', 'b'],
  async site => {
    const [handler] = notify
    const change = { what: 'count', from: 'pending', to: 'ran' }
    const failing = {
      ...handler,
      plan: () => [run({ change, script: sh`exit 1`, undo: { impossible: 'a test' }, predicts: [] })],
    } as Task
    const tasks = (notify: readonly Task[]) => () => [hold({ name: 'one' }, { notify })]
    const plays = [
      { serialHandlers: 1, tasks: tasks([failing]) },
      { name: 'second', tasks: () => [hold({ name: 'two' })] },
    ]
    await site.run(plays)
    deepStrictEqual(
      site.ended.filter(line => line.includes('count') || line.includes('two')),
      ['a counter count failed'],
    )
    match(
      site.warnings.join('\n'),
      /^a has a pending handler: .*\nb has a pending handler: counter count; the next run runs it$/,
    )
    await site.run([{ serialHandlers: 1, tasks: tasks(notify) }])
    deepStrictEqual(ran(site), [true, true])
  },
)

onSite('a host that fails keeps the others from their handlers in turn, and from no task', ['a', 'b'], async site => {
  const fails = sh`case $HOST in */a) exit 1 ;; esac; sleep 0.3; printf x >"$HOST.one"`
  await site.run([
    { serialHandlers: 1, tasks: () => [hold({ name: 'one', script: fails }, { notify }), hold({ name: 'two' })] },
  ])
  deepStrictEqual([site.has('b', 'two'), ...ran(site)], [true, false, false])
  await site.run([{ serialHandlers: 1, tasks: () => [hold({ name: 'one' }, { notify })] }])
  deepStrictEqual(ran(site), [true, true])
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

onSite('a step that takes too long, or prints too much, costs its host and no other', ['a', 'b', 'c'], async site => {
  const script = sh`case $HOST in
*/a) sleep 60 ;;
*/b) exec cat /dev/zero ;;
esac
printf x >"$HOST.one"`
  await site.run([{ tasks: () => [hold({ name: 'one', script }, { timeout: 2 }), hold({ name: 'two' })] }])
  deepStrictEqual(site.ended.toSorted(), [
    'a hold one unreachable',
    'a hold two skipped',
    'b hold one unreachable',
    'b hold two skipped',
    'c hold one changed',
    'c hold two changed',
  ])
  deepStrictEqual(
    ['a', 'b'].map(host => site.task('hold one', host).failure),
    [
      {
        message: 'a: no end of "one" in 2 s',
        hint: 'the step may still run on the host; the task option timeout allows more time',
      },
      {
        message: 'b: more than 32 MiB of output from "one"',
        hint: 'if that is right, allow more with --output-limit, up to 256 MiB',
      },
    ],
  )
})

onSite('of what a step that fails printed the last lines are kept, none of them in part', ['a', 'b'], async site => {
  const script = sh`yes line | head -n 100000 >&2
case $HOST in */b) head -c 100000 /dev/zero | tr '\0' x >&2 ;; *) echo 'the reason' >&2 ;; esac
exit 1`
  await site.run([{ tasks: () => [hold({ name: 'one', script })] }])
  const [a, b] = ['a', 'b'].map(host => site.task('hold one', host).failure)
  strictEqual(a?.message, 'one: the reason')
  match(a.stderr ?? '', /^\(the first \d+ characters are left out\)\n(line\n)+the reason$/)
  strictEqual(a.stderr?.slice(a.stderr.indexOf('\n') + 1).length, 65_535)
  deepStrictEqual([b?.message, b?.stderr], ['one: (a line of 100000 characters)', '(a line of 100000 characters)'])
})

test('a timeout that is none is refused before any host is touched', () => {
  for (const timeout of [0, -1, NaN, Infinity, 604_801, '5' as unknown as number])
    deepStrictEqual(hold({ name: 'one' }, { timeout }).problems, [
      { source: 'hold', path: 'timeout', message: 'takes seconds, more than 0 and up to 604800' },
    ])
  deepStrictEqual(hold({ name: 'one' }, { timeout: 604_800 }).problems, [])
})

test.run()
