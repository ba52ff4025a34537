import { match } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { rabbitReplicas } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { stepsOf } from '../../../src/core/step.ts'
import { queue, queuesOn } from './queue-states.ts'
import { down, named } from './rabbit-states.ts'

const node = { name: 'c' }
const name = named('c')
const runs = 'the broker is running'
const nodeRuns = 'the broker on c is running'
const alone = 'no queue has its only member on c'
const [members, replicas] = ['members of quorum queues', 'replicas of streams']
const three = ['a', 'b', 'c'] as const
const queues = [queue('quorum', 'q', ['a', 'b']), queue('stream', 's', ['a', 'b']), queue('mirrored', 'm', ['a', 'b'])]
const grown = queuesOn('a', three, [
  queue('quorum', 'q', three),
  queue('stream', 's', three),
  queue('classic', 'c', ['a']),
])

for (const law of lawTests(
  rabbitReplicas,
  [
    {
      name: 'a new node',
      params: { node },
      facts: { queues: queuesOn('a', three, queues), name },
      changes: [`${members}: not on rabbit@c → on rabbit@c too`, `${replicas}: not on rabbit@c → on rabbit@c too`],
    },
    { name: 'as wanted', params: { node }, facts: { queues: grown, name }, changes: [] },
    {
      name: 'a node that is not a member',
      params: { node },
      facts: { queues: queuesOn('a', ['a', 'b'], [queue('quorum', 'q', ['a', 'b'])]), name },
      changes: [`${members}: not on rabbit@c → on rabbit@c too`],
      unmet: [nodeRuns],
      sentences: ['the broker on c is not running in this cluster'],
    },
    {
      name: 'state absent',
      params: { node, state: 'absent' },
      facts: { queues: grown, name },
      changes: [`${members}: on rabbit@c too → not on rabbit@c`, `${replicas}: on rabbit@c too → not on rabbit@c`],
    },
    {
      name: 'gone',
      params: { node, state: 'absent' },
      facts: { queues: queuesOn('a', three, queues), name },
      changes: [],
    },
    {
      name: 'a node with a name of its own',
      params: { node },
      facts: { queues: queuesOn('a', three, [queue('quorum', 'q', ['a', 'b'])]), name: named('b') },
      changes: [],
    },
    {
      name: 'state absent, the host is gone for good',
      params: { node: { name: 'c.example.com' }, state: 'absent' },
      facts: { queues: queuesOn('a', three, [queue('quorum', 'q', three)]), name: absent },
      changes: [`${members}: on rabbit@c too → not on rabbit@c`],
    },
    {
      name: 'state absent, on the only member',
      params: { node, state: 'absent' },
      facts: { queues: queuesOn('a', three, [queue('quorum', 'q', ['c'])]), name },
      changes: [`${members}: on rabbit@c too → not on rabbit@c`],
      unmet: [alone],
      sentences: ['q would be lost with the member on c'],
    },
    ...[down, unknown].map(state => ({
      name: state === unknown ? 'not known' : 'the node down',
      params: { node },
      facts: { queues: state, name: state === unknown ? unknown : name },
      changes: [`${members}: unknown → on rabbit@c too`, `${replicas}: unknown → on rabbit@c too`],
      unmet: [runs, nodeRuns],
    })),
  ],
  [{ params: { node: 'c' }, problems: ["node: takes a host of the inventory, such as group('web').first"] }],
))
  test(law.name, law.run)

test('rabbitReplicas passes the name of a stream as bytes', () => {
  const facts = { queues: queuesOn('a', three, [queue('stream', `é'">`, ['a'])]), name }
  const [step] = stepsOf(rabbitReplicas({ node }).plan(facts))
  match(step?.kind === 'run' ? step.script.reveal() : '', /add_replica\(<<115,104,111,112>>, <<195,169,39,34,62>>, /)
})

test.run()
