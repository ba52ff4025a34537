import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { rabbitCanStop } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { queue, queuesOn } from './queue-states.ts'
import { down, misnamed, otherCookie, otherName, refusing } from './rabbit-states.ts'

const runs = 'the broker is running'
const synced = 'no mirrored queue has its only synchronised mirror on this node'
const majority = 'no quorum queue or stream needs this node for its majority'
const copy = 'no queue has its only copy on this node'
const pair = queuesOn('a', ['a', 'b'], [queue('quorum', 'q', ['a', 'b']), queue('stream', 's', ['b', 'a'])])
const three = queuesOn('a', ['a', 'b', 'c'], [queue('quorum', 'q', ['a', 'b', 'c'])])
const unsynced = queuesOn('a', ['a', 'b'], [queue('mirrored', 'm', ['a', 'b'], { inSync: ['rabbit@a'] })])

for (const law of lawTests(
  rabbitCanStop,
  [
    { name: 'three members online', params: {}, facts: { queues: three }, changes: [] },
    {
      name: 'two members',
      params: {},
      facts: { queues: pair },
      changes: [],
      unmet: [majority],
      sentences: [
        'without this node these queues would have no majority: q in shop (2 of 2 members online), s in shop (2 of 2 members online)',
      ],
    },
    { name: 'two members, the outage accepted', params: { acceptOutage: true }, facts: { queues: pair }, changes: [] },
    {
      name: 'three members, one of them gone',
      params: {},
      facts: {
        queues: queuesOn(
          'a',
          ['a', 'b', 'c'],
          [queue('quorum', 'q', ['a', 'b', 'c'], { inSync: ['rabbit@a', 'rabbit@b'] })],
        ),
      },
      changes: [],
      unmet: [majority],
      sentences: ['without this node these queues would have no majority: q in shop (2 of 3 members online)'],
    },
    {
      name: 'queues without a copy on this node, and a classic queue',
      params: {},
      facts: {
        queues: queuesOn('a', ['a', 'b', 'c'], [queue('quorum', 'q', ['b', 'c']), queue('classic', 'c', ['a'])]),
      },
      changes: [],
    },
    {
      name: 'a mirror that is not synchronised',
      params: {},
      facts: { queues: unsynced },
      changes: [],
      unmet: [synced],
      sentences: ['these mirrored queues have no synchronised mirror on another node: m in shop'],
    },
    {
      name: 'many of them',
      params: {},
      facts: {
        queues: queuesOn(
          'a',
          ['a', 'b'],
          [1, 2, 3, 4, 5, 6, 7].map(n => queue('mirrored', `m${n}`, ['a', 'b'], { inSync: ['rabbit@a'] })),
        ),
      },
      changes: [],
      unmet: [synced],
      sentences: [
        'these mirrored queues have no synchronised mirror on another node: m1 in shop, m2 in shop, m3 in shop, m4 in shop, m5 in shop, and 2 more',
      ],
    },
    {
      name: 'forGood, other nodes have copies of all queues',
      params: { forGood: true },
      facts: { queues: pair },
      changes: [],
    },
    {
      name: 'forGood, with copies that no other node has',
      params: { forGood: true, acceptOutage: true },
      facts: {
        queues: queuesOn(
          'a',
          ['a', 'b'],
          [queue('classic', 'c', ['a']), queue('mirrored', 'm', ['a', 'b'], { inSync: ['rabbit@a'] })],
        ),
      },
      changes: [],
      unmet: [synced, copy],
      sentences: [
        'these mirrored queues have no synchronised mirror on another node: m in shop',
        'these queues would be lost with the node: c in shop',
      ],
    },
    { name: 'a node that is down', params: {}, facts: { queues: down }, changes: [] },
    {
      name: 'the broker of the node is stopped',
      params: {},
      facts: { queues: queuesOn('a', [], [], { running: false }) },
      changes: [],
    },
    { name: 'a host without RabbitMQ', params: {}, facts: { queues: absent }, changes: [] },
    {
      name: 'a node with another cookie than its file',
      params: {},
      facts: { queues: refusing },
      changes: [],
      unmet: [runs],
      sentences: [otherCookie],
    },
    {
      name: 'a node with another name than its host knows',
      params: {},
      facts: { queues: misnamed },
      changes: [],
      unmet: [runs],
      sentences: [otherName],
    },
    {
      name: 'the node crashes while it answers',
      params: {},
      facts: { queues: { state: 'refusing', said: 'Error: {:badmatch,\n  :undefined}' } },
      changes: [],
      unmet: [runs],
      sentences: ['the node does not answer questions from its own host: Error: {:badmatch, :undefined}'],
    },
    { name: 'unknown', params: {}, facts: { queues: unknown }, changes: [], unmet: [runs, synced, majority] },
  ],
  [{ params: { force: true }, problems: [': Unrecognized key: "force"'] }],
))
  test(law.name, law.run)

test.run()
