import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { test } from 'uvu'
import { sh } from 'haq'
import { counter, hold, need, onSite, type Site, type TestPlay } from './site.ts'

const notify = [counter({ name: 'count', key: 'k' })]

onSite(
  'a handler runs once, after the tasks that notify it, and only when one of them changed something',
  ['a'],
  async site => {
    const plays = [
      { tasks: () => [hold({ name: 'one' }, { notify }), hold({ name: 'two' }, { notify }), hold({ name: 'three' })] },
    ]
    await site.run(plays)
    strictEqual(site.read('a', 'count'), 'ran\n')
    deepStrictEqual(site.ended, [
      'a hold one changed',
      'a hold two changed',
      'a hold three changed',
      'a counter count changed',
    ])
    const { roundTrips } = await site.run(plays)
    strictEqual(site.read('a', 'count'), 'ran\n')
    deepStrictEqual(site.ended, ['a hold one ok', 'a hold two ok', 'a hold three ok'])
    deepStrictEqual(roundTrips, { a: 1 })
  },
)

onSite("a handler's facts are read only where it is pending", ['a'], async site => {
  const asked = { key: 'asked', script: sh`echo asked >>"$HOST.asked"`, parse: () => '' }
  const handlers = notify.map(handler => ({ ...handler, facts: { ...handler.facts, asked } }))
  const plays = [{ tasks: () => [hold({ name: 'one' }, { notify: handlers })] }]
  const changing = await site.run(plays)
  // Before it runs, along with the proof of the task that notified it, and for its own proof.
  strictEqual(site.read('a', 'asked'), 'asked\nasked\n')
  // To see what is to do, and two for each of the two tasks.
  deepStrictEqual(changing.roundTrips, { a: 5 })
  const { roundTrips } = await site.run(plays)
  deepStrictEqual([roundTrips, site.read('a', 'asked')], [{ a: 1 }, 'asked\nasked\n'])
})

onSite('a handler of a killed run is run by the next one, also when nothing else is to do', ['a'], async site => {
  // The shell dies between the change and the handler, as it does when the control node is switched off.
  const dies = sh`printf x >"$HOST.one"; kill -9 $$`
  await site.run([{ tasks: () => [hold({ name: 'one', script: dies }, { notify })] }])
  deepStrictEqual(
    [site.task('hold one').status, site.has('a', 'one'), site.has('a', 'count')],
    ['unreachable', true, false],
  )
  await site.run([{ tasks: () => [hold({ name: 'one' }, { notify })] }])
  deepStrictEqual(site.ended, ['a hold one ok', 'a counter count changed'])
  strictEqual(site.read('a', 'count'), 'ran\n')
  await site.run([{ tasks: () => [hold({ name: 'one' }, { notify })] }])
  strictEqual(site.read('a', 'count'), 'ran\n')
})

onSite('after a failed task no handler runs on the host, and its handlers stay pending', ['a'], async site => {
  const failing = { tasks: () => [hold({ name: 'one' }, { notify }), hold({ name: 'two', script: sh`exit 1` })] }
  await site.run([failing])
  ok(!site.has('a', 'count'))
  await site.run([{ tasks: () => [hold({ name: 'one' }, { notify })] }], { check: true })
  deepStrictEqual(site.changes(), ['a count: pending → ran'])
  await site.run([{ tasks: () => [hold({ name: 'one' }, { notify })] }])
  strictEqual(site.read('a', 'count'), 'ran\n')
})

onSite('a handler that fails is tried again by the next run', ['a'], async site => {
  const [handler] = notify
  if (!handler) throw new Error('no handler')
  const failing = {
    ...handler,
    plan: (values: Readonly<Record<string, unknown>>) =>
      handler.plan(values).map(step => (step.kind === 'run' ? { ...step, script: sh`exit 1` } : step)),
  }
  await site.run([{ tasks: () => [hold({ name: 'one' }, { notify: [failing] })] }])
  strictEqual(site.task('counter count').status, 'failed')
  await site.run([{ tasks: () => [hold({ name: 'one' }, { notify })] }])
  strictEqual(site.read('a', 'count'), 'ran\n')
})

onSite('a requirement that is not met fails the task before any of its steps, with its hint', ['a'], async site => {
  const both = {
    ...hold({ name: 'two' }),
    plan: () => [...need({ name: 'one' }).plan({ now: null }), ...hold({ name: 'two' }).plan({ now: null })],
  }
  await site.run([{ tasks: () => [both] }])
  deepStrictEqual(site.task('hold two').failure, { message: 'not met: one holds x', hint: 'write one' })
  ok(!site.has('a', 'two'))
})

onSite('a requirement is waited for as long as it says', ['a'], async site => {
  // What the first task starts comes true only later.
  const later = sh`(until [ -e "$HOST.asked" ]; do sleep 0.05; done; printf x >"$HOST.one") >/dev/null 2>&1 & printf x >"$HOST.zero"`
  const asks = need({ name: 'one', within: 60 })
  let looks = 0
  const plan: typeof asks.plan = values => {
    if (++looks === 2) site.write('a', 'asked')
    return asks.plan(values)
  }
  await site.run([{ tasks: () => [hold({ name: 'zero', script: later }), { ...asks, plan }] }])
  strictEqual(site.task('need one').status, 'ok', site.task('need one').failure?.message)
  ok(looks >= 2)
  await site.run([{ tasks: () => [need({ name: 'never', within: 0.1 })] }])
  strictEqual(site.task('need never').failure?.message, 'not met: never holds x')
})

onSite('in check mode an unmet requirement is pending behind changes, and fails without', ['a', 'b'], async site => {
  site.write('b', 'zero', 'x')
  const { hosts } = await site.run(
    [{ tasks: () => [hold({ name: 'zero' }), need({ name: 'one' }), hold({ name: 'two' })] }],
    {
      check: true,
    },
  )
  deepStrictEqual(
    site.ended.filter(line => line.startsWith('a')),
    ['a hold zero changed', 'a need one pending', 'a hold two changed'],
  )
  deepStrictEqual(
    site.ended.filter(line => line.startsWith('b')),
    ['b hold zero ok', 'b need one failed', 'b hold two skipped'],
  )
  deepStrictEqual(site.task('need one').pending, ['one holds x'])
  strictEqual(hosts['a']?.pending, 1)
})

onSite('in check mode a requirement that no earlier task can meet fails behind changes, too', ['a'], async site => {
  const asks = need({ name: 'one' })
  const plan = (facts: Readonly<Record<string, unknown>>) =>
    asks.plan(facts).map(item => (item.kind === 'require' ? { ...item, final: true as const } : item))
  await site.run([{ tasks: () => [hold({ name: 'zero' }), { ...asks, plan }] }], { check: true })
  deepStrictEqual(site.ended, ['a hold zero changed', 'a need one failed'])
})

onSite('a requirement that an earlier task is predicted to meet is met', ['a'], async site => {
  await site.run([{ tasks: () => [hold({ name: 'one' }), need({ name: 'one' })] }], { check: true })
  deepStrictEqual(site.ended, ['a hold one changed', 'a need one ok'])
})

/** Plays in which another host ends the first one's session, as a reboot does, before the last play. */
const rebooting = (reconnect: boolean): readonly TestPlay[] => {
  const tells = sh`printf x >"$HOST.one"; printf %s "$$" >"$HOST.pid"`
  const ends = sh`pid=$(cat "$(dirname "$HOST")/a.pid"); kill -9 "$pid"
while kill -0 "$pid" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$pid/status"; do sleep 0.05; done
printf x >"$HOST.two"`
  return [
    { name: 'first', hosts: ['a'], tasks: () => [hold({ name: 'one', script: tells })] },
    { name: 'second', hosts: ['b'], tasks: () => [hold({ name: 'two', script: ends })] },
    { name: 'third', hosts: ['a'], reconnect, tasks: () => [hold({ name: 'three' })] },
  ]
}

onSite('a session that was lost between plays stays lost', ['a', 'b'], async site => {
  await site.run(rebooting(false))
  deepStrictEqual(site.ended, ['a hold one changed', 'b hold two changed', 'a hold three unreachable'])
})

onSite(
  'a play that reconnects goes on where a session was lost, and can lock the host again',
  ['a', 'b'],
  async site => {
    await site.run(rebooting(true), { lock: { timeout: 0, holder: 'test' } })
    deepStrictEqual(site.ended, ['a hold one changed', 'b hold two changed', 'a hold three changed'])
  },
)

/** How many hosts were at work at the same time, at most. */
function mostAtOnce(site: Site): number {
  let now = 0
  let most = 0
  for (const { event } of site.events) {
    if (event === 'host') most = Math.max(most, ++now)
    if (event === 'host-end') now--
  }
  return most
}

onSite('forks and serial limit how many hosts are at work', ['a', 'b', 'c', 'd'], async site => {
  const tasks = () => [hold({ name: 'one' })]
  for (const [forks, serial, expected] of [
    [20, undefined, 4],
    [2, undefined, 2],
    [1, undefined, 1],
    [20, 3, 3],
    [2, 3, 2],
  ] as const) {
    await site.run([{ tasks, ...(serial && { serial }) }], { forks, check: true })
    strictEqual(mostAtOnce(site), expected, `forks ${forks}, serial ${serial}`)
    strictEqual(site.tasks.length, 4)
  }
})

onSite('plays are barriers: no host starts one before all have ended the one before', ['a', 'b'], async site => {
  const slow = sh`case $HOST in */a) until [ -e ${site.path('b', 'one')} ]; do sleep 0.02; done ;; esac; printf x >"$HOST.one"`
  await site.run([
    { tasks: () => [hold({ name: 'one', script: slow })] },
    { name: 'second', tasks: () => [hold({ name: 'two' })] },
  ])
  deepStrictEqual(
    site.ended.map(line => line.split(' ')[2]),
    ['one', 'one', 'two', 'two'],
  )
})

onSite('a host that hangs does not hold up the others', ['a', 'b'], async site => {
  const waits = sh`case $HOST in */a) until [ -e "$HOST.go" ]; do sleep 0.02; done ;; esac; printf x >"$HOST.one"`
  const run = site.run([
    { tasks: () => [hold({ name: 'one', script: waits }), hold({ name: 'two' }), hold({ name: 'three' })] },
  ])
  // a goes on only when b has gone through all of its own tasks, the last one's proof and report included.
  await site.hasEnded(3)
  site.write('a', 'go', '')
  await run
  deepStrictEqual(site.ended.map(line => line[0]).join(''), 'bbbaaa')
})

onSite('an interrupted run finishes the step in hand and starts no other', ['a', 'b'], async site => {
  const controller = new AbortController()
  const twoSteps = hold({ name: 'one' })
  const [step] = twoSteps.plan({ now: null })
  if (step?.kind !== 'run') throw new Error('no step')
  const second = { ...step, change: { what: 'second', from: 'a', to: 'b' }, script: sh`printf x >"$HOST.second"` }
  const inHand = { ...step, script: sh`printf x >"$HOST.one"; until [ -e "$HOST.go" ]; do sleep 0.02; done` }
  const run = site.run(
    [
      {
        tasks: () => [
          { ...twoSteps, plan: ({ now }) => (now === 'x' ? [] : [inHand, second]) },
          hold({ name: 'two' }, { notify }),
        ],
      },
      { name: 'next', tasks: () => [hold({ name: 'three' })] },
    ],
    { signal: controller.signal, forks: 1 },
  )
  while (!site.has('a', 'one')) await new Promise(resolve => setTimeout(resolve, 10))
  controller.abort()
  site.write('a', 'go')
  const { hosts } = await run
  deepStrictEqual(site.ended, ['a hold one failed', 'a hold two skipped', 'b hold one skipped', 'b hold two skipped'])
  deepStrictEqual(site.task('hold one').changes.length, 1)
  match(site.task('hold one').failure?.message ?? '', /^interrupted; still to do: second: a → b$/)
  ok(!site.has('a', 'second') && !site.has('a', 'two') && !site.has('b', 'one') && !site.has('a', 'three'))
  ok(!site.scripts.has('b'), 'a host that had not started was touched')
  deepStrictEqual(site.events.at(-1), { event: 'recap', check: false, hosts })
})

onSite('an interrupted run does not go on waiting for a requirement', ['a'], async site => {
  const controller = new AbortController()
  const asks = need({ name: 'never', within: 3600 })
  const plan: typeof asks.plan = values => {
    controller.abort()
    return asks.plan(values)
  }
  await site.run([{ tasks: () => [{ ...asks, plan }] }], { signal: controller.signal })
  deepStrictEqual(site.ended, ['a need never skipped'])
})

test.run()
