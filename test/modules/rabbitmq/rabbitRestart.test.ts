import { doesNotMatch, match, strictEqual } from 'node:assert'
import { test } from 'uvu'
import { absent, stepsOf, unknown } from 'haq'
import { rabbitRestart, service } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { queue, queuesOn } from './queue-states.ts'
import { down, node, refusing, stoppedApp } from './rabbit-states.ts'

const up = 'all other members of the cluster are up'
const runs = 'the broker is running'
const synced = 'no mirrored queue has its only synchronised mirror on this node'
const majority = 'no quorum queue or stream needs this node for its majority'
const restarted = ['broker: not yet with the change → restarted if it runs']

const of = (...names: readonly string[]): string[] => names.map(name => `rabbit@${name}`)
const three = node('a', { disc: of('a', 'b', 'c'), up: of('a', 'b', 'c') })
const queues = queuesOn('a', ['a', 'b', 'c'], [queue('quorum', 'q', ['a', 'b', 'c'])])
const on = { active: true, enabled: true }
const fine = { pending: true, unit: on, state: three, queues }

const oneDown = {
  pending: true,
  unit: on,
  state: node('a', { disc: of('a', 'b', 'c'), up: of('a', 'b') }),
  queues: queuesOn('a', ['a', 'b'], [queue('quorum', 'q', ['a', 'b', 'c'], { inSync: of('a', 'b') })]),
}
const unsynced = {
  pending: true,
  unit: on,
  state: node('a', { disc: of('a', 'b'), up: of('a', 'b') }),
  queues: queuesOn('a', ['a', 'b'], [queue('mirrored', 'm', ['a', 'b'], { inSync: of('a') })]),
}

for (const law of lawTests(
  rabbitRestart,
  [
    { name: 'not notified', params: {}, facts: { pending: false, unit: on, state: three, queues }, changes: [] },
    {
      name: 'not notified, and all other facts unknown',
      params: {},
      facts: { pending: false, unit: unknown, state: unknown, queues: unknown },
      changes: [],
    },
    { name: 'one of three', params: {}, facts: fine, changes: restarted },
    {
      name: 'one of three, another one down',
      params: {},
      facts: oneDown,
      changes: restarted,
      unmet: [up, majority],
      sentences: [
        'these members of the cluster are down: rabbit@c',
        'without this node these queues would have no majority: q in shop (2 of 3 members online)',
      ],
    },
    {
      name: 'a quorum queue with two members, where waiting does not help',
      params: {},
      facts: {
        pending: true,
        unit: on,
        state: node('a', { disc: of('a', 'b'), up: of('a', 'b') }),
        queues: queuesOn('a', ['a', 'b'], [queue('quorum', 'q', ['a', 'b'])]),
      },
      changes: restarted,
    },
    { name: 'the outage accepted', params: { acceptOutage: true }, facts: oneDown, changes: restarted },
    {
      name: 'a mirror that is not synchronised',
      params: {},
      facts: unsynced,
      changes: restarted,
      unmet: [synced],
      sentences: ['these mirrored queues have no synchronised mirror on another node: m in shop'],
    },
    {
      name: 'a node without a cluster',
      params: {},
      facts: { pending: true, unit: on, state: node('a'), queues: queuesOn('a', ['a'], [queue('quorum', 'q', ['a'])]) },
      changes: restarted,
    },
    {
      name: 'the broker of the node is stopped',
      params: {},
      facts: { pending: true, unit: on, state: stoppedApp('a'), queues: queuesOn('a', [], [], { running: false }) },
      changes: restarted,
    },
    {
      name: 'a unit that is masked',
      params: {},
      facts: { ...fine, unit: { ...on, masked: true } },
      changes: restarted,
      unmet: ['rabbitmq-server is not masked'],
      sentences: ["rabbitmq-server is masked, so it can't be started again after a stop"],
    },
    {
      name: 'a node that is down',
      params: {},
      facts: { pending: true, unit: { ...on, active: false, masked: true }, state: down, queues: down },
      changes: restarted,
    },
    {
      name: 'a node with another cookie than its file',
      params: {},
      facts: { pending: true, unit: on, state: refusing, queues: refusing },
      changes: restarted,
    },
    {
      name: 'a host without RabbitMQ',
      params: {},
      facts: { pending: true, unit: on, state: absent, queues: absent },
      changes: restarted,
    },
    {
      name: 'unknown',
      params: {},
      facts: { pending: true, unit: on, state: unknown, queues: unknown },
      changes: restarted,
      unmet: [up, runs, synced, majority],
    },
  ],
  [
    {
      params: { poolSeconds: -1, force: true },
      problems: ['poolSeconds: Too small: expected number to be >=0', ': Unrecognized key: "force"'],
    },
  ],
))
  test(law.name, law.run)

const scriptFor = (facts: Readonly<Record<string, unknown>>, poolSeconds: number): string => {
  const [step] = stepsOf(rabbitRestart({ poolSeconds }).plan(facts))
  return step?.kind === 'run' ? step.script.reveal() : ''
}

test('rabbitRestart leaves the pool, drains, restarts, returns to the pool, and is pending until then', () => {
  match(
    scriptFor(fine, 7),
    /^if systemctl is-active -q rabbitmq-server; then\n[^]*>\/run\/haq\/out-of-pool[^]*\nsleep 7\n.* drain [^]*[^]*systemctl restart [^]*\nrm -f \/run\/haq\/out-of-pool\n[^]*broker-health[^]*\nsleep 7\nfi\n[^]*rm -f .*service-rabbitmq-server-restarted/,
  )
})

test('rabbitRestart leaves a host out of the pool that somebody else took out', () => {
  const script = scriptFor(fine, 7)
  match(script, /^\[ -e \/run\/haq\/out-of-pool \] \|\| /m)
  match(
    script,
    /^if \[ "\$\(cat \/run\/haq\/out-of-pool .*\)" = 'restart for a change' \]; then\nrm -f \/run\/haq\/out-of-pool$/m,
  )
})

test('rabbitRestart drains no node without a cluster, and changes no pool without a load balancer', () => {
  doesNotMatch(scriptFor({ ...fine, state: node('a') }, 7), /drain|out-of-pool|sleep/)
  doesNotMatch(scriptFor(fine, 0), /out-of-pool|sleep/)
})

test('a run of rabbitRestart also counts as the pending restart of the service', () => {
  strictEqual(rabbitRestart({}).handlerId, service({ name: 'rabbitmq-server', state: 'restarted' }).handlerId)
})

test.run()
