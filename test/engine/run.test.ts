import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { test } from 'uvu'
import { on, Secret, sh } from 'haq'
import { content, counter, hold, need, onSite } from './site.ts'

/** A test on hosts of its own. */
onSite(
  'a task changes what is not so, and the second run changes nothing, in one round trip',
  ['a', 'b'],
  async site => {
    const plays = [{ tasks: () => [hold({ name: 'one' }), hold({ name: 'two' }), need({ name: 'one' })] }]
    site.write('b', 'one', 'x')
    const first = await site.run(plays)
    deepStrictEqual(first.hosts['a'], { ok: 1, changed: 2, failed: 0, unreachable: 0, skipped: 0, pending: 0 })
    deepStrictEqual(first.hosts['b'], { ok: 2, changed: 1, failed: 0, unreachable: 0, skipped: 0, pending: 0 })
    deepStrictEqual(site.task('hold one').changes, [{ what: 'one', from: 'absent', to: 'x' }])
    const second = await site.run(plays)
    deepStrictEqual(site.changes(), [])
    deepStrictEqual(second.roundTrips, { a: 1, b: 1 })
  },
)

onSite('facts with one key are read once for all the tasks that want them', ['a'], async site => {
  await site.run([{ tasks: () => [need({ name: 'one', text: 'y' }), need({ name: 'one' }), need({ name: 'two' })] }])
  strictEqual(site.scripts.get('a')?.filter(script => script.includes('HOST.')).length, 2)
})

onSite('check shows what a run then does, and sends nothing but reads', ['a', 'b'], async site => {
  site.write('a', 'one', 'old')
  const plays = [
    { tasks: () => [hold({ name: 'one' }, { notify: [counter({ name: 'count', key: 'k' })] }), need({ name: 'one' })] },
    { name: 'second', tasks: () => [hold({ name: 'two' }), hold({ name: 'one' })] },
  ]
  await site.run(plays, { check: true })
  const shown = site.changes()
  deepStrictEqual(site.read('a', 'one'), 'old')
  ok(!site.has('b', 'one') && !site.has('a', 'two') && !site.has('a', 'count'))
  const sent = [...site.scripts.values()].flat()
  strictEqual(sent.filter(script => /printf|>>|mkdir/.test(script)).length, 0, sent.join('; '))
  await site.run(plays)
  deepStrictEqual(site.changes().toSorted(), shown.toSorted())
  deepStrictEqual(shown.toSorted(), [
    'a count: pending → ran',
    'a one: old → x',
    'a two: absent → x',
    'b count: pending → ran',
    'b one: absent → x',
    'b two: absent → x',
  ])
})

onSite('a step that fails fails its task, and the tasks after it are skipped', ['a', 'b'], async site => {
  const broken = sh`[ "$HOST" != ${site.folder + '/a'} ] || { echo 'no space left' >&2; exit 9; }; printf x >"$HOST.one"`
  const { hosts } = await site.run([
    { tasks: () => [hold({ name: 'one', script: broken }), hold({ name: 'two' })] },
    { name: 'second', tasks: () => [hold({ name: 'three' })] },
  ])
  const { failure, changes } = site.task('hold one')
  deepStrictEqual([failure?.message, failure?.stderr], ['one: no space left', 'no space left'])
  deepStrictEqual(changes, [])
  deepStrictEqual(hosts['a'], { ok: 0, changed: 0, failed: 1, unreachable: 0, skipped: 1, pending: 0 })
  deepStrictEqual(hosts['b'], { ok: 0, changed: 3, failed: 0, unreachable: 0, skipped: 0, pending: 0 })
  ok(!site.has('a', 'three'))
})

onSite(
  'a task whose steps succeed and yet leave something to do is not changed but failed, with the rest',
  ['a'],
  async site => {
    await site.run([{ tasks: () => [hold({ name: 'one', script: sh`printf y >"$HOST.one"; echo 'took y' >&2` })] }])
    const { status, failure } = site.task('hold one')
    strictEqual(status, 'failed')
    strictEqual(failure?.message, 'every step succeeded, and yet this is still to do: one: y → x')
    strictEqual(failure.stderr, 'took y')
  },
)

onSite('a fact that can not be read or understood fails the task that wants it, and no other', ['a'], async site => {
  const bad = (name: string, script = sh`:`, parse = (text: string): unknown => text) => ({ key: name, script, parse })
  const task = (name: string, fact: ReturnType<typeof bad>) => ({
    ...hold({ name }),
    name,
    facts: { now: fact as ReturnType<typeof content> },
  })
  const facts = [
    bad('f', sh`echo 'stat: Permission denied' >&2; exit 1`),
    bad('g', sh`echo junk`, () => {
      throw new Error('junk')
    }),
  ] as const
  for (const [i, message] of [
    "f can't be read on a: stat: Permission denied",
    'g on a is not understood: junk',
  ].entries()) {
    await site.run([{ tasks: () => [hold({ name: 'fine', text: `${i}` }), task('bad', facts[i] ?? facts[0])] }])
    deepStrictEqual(site.ended, ['a hold fine changed', 'a bad failed'])
    strictEqual(site.task('bad').failure?.message, message)
  }
})

onSite('a module that throws fails its task, with the place', ['a'], async site => {
  const throwing = {
    ...hold({ name: 'one' }),
    plan: () => {
      throw new TypeError('my mistake')
    },
  }
  await site.run([{ tasks: () => [throwing] }])
  const { failure } = site.task('hold one')
  strictEqual(failure?.message, "my mistake (in the module's own code)")
  match(failure.stderr ?? '', /run\.test/)
})

onSite('a host that can not be reached is told apart, and the others go on', ['a', 'b', 'c'], async site => {
  site.reachBy('a', ['sh', '-c', 'echo "ssh: connect to host a port 22: Connection refused" >&2; exit 255'])
  const dies = sh`case $HOST in */c) : ;; *) kill -9 $$ ;; esac; printf x >"$HOST.one"`
  const { hosts } = await site.run([{ tasks: () => [hold({ name: 'one', script: dies }), hold({ name: 'two' })] }])
  deepStrictEqual(
    Object.values(hosts).map(({ unreachable, skipped, changed }) => [unreachable, skipped, changed]),
    [
      [1, 1, 0],
      [1, 1, 0],
      [0, 0, 2],
    ],
  )
  match(site.task('hold one').failure?.message ?? '', /^a: nothing listens on its ssh port/)
  match(site.task('hold one', 'b').failure?.message ?? '', /^b: the connection was lost/)
})

onSite(
  "another host that can't be reached fails the task that looks at it, but its own host is reached",
  ['a', 'b'],
  async site => {
    site.reachBy('b', ['false'])
    const peer = { ...need({ name: 'one' }), facts: { now: on({ name: 'b' }, content('one')) } }
    const { hosts } = await site.run([{ hosts: ['a'], tasks: () => [peer] }])
    strictEqual(hosts['a']?.failed, 1)
  },
)

onSite('what was read on another host is read again once that host changed', ['a', 'b'], async site => {
  // The run of host a reads ahead what stands on b, and is held up by its first task until b has changed.
  const peer = { ...need({ name: 'two' }), name: 'peer', facts: { now: on({ name: 'b' }, content('two')) } }
  const slow = {
    key: 'slow',
    script: sh`until [ -e ${site.path('b', 'two')} ]; do sleep 0.05; done`,
    parse: (text: string) => text,
  }
  const first = { ...need({ name: 'one' }), facts: { slow }, plan: () => [] }
  await site.run([{ tasks: host => (host.name === 'a' ? [first, peer] : [hold({ name: 'two' })]) }])
  strictEqual(site.task('peer').status, 'ok', site.task('peer').failure?.message)
})

for (const kind of ['slow', 'waits'] as const)
  onSite(
    `in a run that changes things, a fact that is ${kind} is asked by the task that wants it`,
    ['a'],
    async site => {
      const facts = { asked: { key: 'asked', script: sh`echo asked >>"$HOST.asked"`, parse: () => '', [kind]: true } }
      const look = { ...need({ name: 'one' }), name: 'look', facts, plan: () => [] }
      const plays = [
        { name: 'first', tasks: () => [hold({ name: 'one' })] },
        { name: 'second', tasks: () => [hold({ name: 'two' }), hold({ name: 'three' }), look] },
      ]
      await site.run(plays)
      strictEqual(site.read('a', 'asked'), 'asked\n'.repeat(kind === 'slow' ? 1 : 2))
      strictEqual(site.task('look').status, 'ok')
    },
  )

onSite('a play may branch on facts of its hosts', ['a', 'b'], async site => {
  site.write('b', 'kind', 'db')
  const facts = { kind: content('kind') }
  await site.run([{ facts, tasks: (host, { kind }) => [hold({ name: kind === 'db' ? `db-${host.name}` : 'other' })] }])
  ok(site.has('a', 'other') && site.has('b', 'db-b'))
  await site.run([{ facts, tasks: (_, { kind }) => (kind === 'db' ? [hold({ name: 1 as never })] : []) }])
  match(site.task('facts of the play', 'b').failure?.message ?? '', /play play, host b, hold name: Invalid input/)
  await site.run([{ facts: { kind: { ...content('kind'), script: sh`exit 3` } }, tasks: () => [] }])
  deepStrictEqual(site.ended.toSorted(), ['a facts of the play failed', 'b facts of the play failed'])
})

onSite('tags choose plays and tasks', ['a'], async site => {
  const plays = [
    { name: 'one', tags: ['all-of-it'], tasks: () => [hold({ name: 'x' }), hold({ name: 'y' }, { tags: ['net'] })] },
    { name: 'two', tasks: () => [hold({ name: 'z' }, { tags: ['net', 'dns'] }), hold({ name: 'w' })] },
  ]
  const names = async (...tags: readonly string[]) => {
    await site.run(plays, { tags, check: true })
    return site.tasks.map(({ task }) => task.slice('hold '.length))
  }
  deepStrictEqual(await names(), ['x', 'y', 'z', 'w'])
  deepStrictEqual(await names('net'), ['y', 'z'])
  deepStrictEqual(await names('all-of-it'), ['x', 'y'])
  deepStrictEqual(await names('dns', 'all-of-it'), ['x', 'y', 'z'])
})

onSite('the limit leaves the other hosts alone, also when a task looks at one', ['a', 'b'], async site => {
  const { hosts } = await site.run([{ tasks: () => [hold({ name: 'one' })] }], { limit: new Set(['b']) })
  deepStrictEqual(Object.keys(hosts), ['b'])
  ok(!site.has('a', 'one') && !site.scripts.has('a'))
})

onSite('no secret shows in events: not in a failing step, and not one that the playbook made', ['a'], async site => {
  const known = new Secret('hunter2')
  const made = new Secret("it's mine")
  const tells = sh`echo hunter2; echo "it's mine, hunter2" >&2; exit 1`
  await site.run([{ tasks: () => [hold({ name: 'one', script: tells, secret: made })] }], { secrets: [known] })
  const { failure } = site.task('hold one')
  deepStrictEqual([failure?.stdout, failure?.stderr], ['********', '********, ********'])
  const all = JSON.stringify(site.events)
  ok(!all.includes('hunter2') && !all.includes('mine'), all)
})

onSite("a secret that is one of haq's own words does not break the events", ['a'], async site => {
  const { hosts } = await site.run([{ tasks: () => [hold({ name: 'one' })] }], {
    secrets: ['changed', 'task', 'a', 'recap'].map(word => new Secret(word)),
  })
  strictEqual(hosts['a']?.changed, 1)
  strictEqual(site.tasks[0]?.status, 'changed')
  deepStrictEqual(site.events.at(-1), { event: 'recap', check: false, hosts })
})

test.run()
