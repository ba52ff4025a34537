import { test } from 'uvu'
import { unknown } from 'haq'
import { rabbitRebalance } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { queue, queuesOn } from './queue-states.ts'
import { down } from './rabbit-states.ts'

const what = 'leaders of queues'
const runs = 'the broker is running'
const pair = ['a', 'b'] as const
const quorum = (n: number, ...hosts: readonly string[]) => queue('quorum', `q${n}`, hosts)

for (const law of lawTests(
  rabbitRebalance,
  [
    {
      name: 'even',
      params: {},
      facts: { queues: queuesOn('a', pair, [quorum(1, 'a', 'b'), quorum(2, 'b', 'a'), quorum(3, 'b', 'a')]) },
      changes: [],
    },
    {
      name: 'one node leads all',
      params: {},
      facts: {
        queues: queuesOn('a', pair, [
          quorum(1, 'a', 'b'),
          quorum(2, 'a', 'b'),
          queue('mirrored', 'm1', ['b', 'a']),
          queue('mirrored', 'm2', ['b', 'a']),
        ]),
      },
      changes: [`${what}: quorum: rabbit@a 2, rabbit@b 0; mirrored: rabbit@a 0, rabbit@b 2 → spread evenly`],
    },
    {
      name: 'classic queues, and queues without another copy',
      params: {},
      facts: {
        queues: queuesOn('a', pair, [
          queue('classic', 'c1', ['a']),
          queue('classic', 'c2', ['a']),
          quorum(1, 'a'),
          quorum(2, 'a'),
        ]),
      },
      changes: [],
    },
    {
      name: 'uneven, but no node leads more than its share',
      params: {},
      facts: {
        queues: queuesOn(
          'a',
          ['a', 'b', 'c'],
          [quorum(1, 'a', 'b', 'c'), quorum(2, 'a', 'b', 'c'), quorum(3, 'b', 'a', 'c'), quorum(4, 'b', 'a', 'c')],
        ),
      },
      changes: [],
    },
    {
      name: 'the node down',
      params: {},
      facts: { queues: down },
      changes: [`${what}: quorum: unknown; mirrored: unknown → spread evenly`],
      unmet: [runs],
    },
    {
      name: 'unknown',
      params: {},
      facts: { queues: unknown },
      changes: [`${what}: quorum: unknown; mirrored: unknown → spread evenly`],
      unmet: [runs],
    },
  ],
  [{ params: { type: 'all' }, problems: [': Unrecognized key: "type"'] }],
))
  test(law.name, law.run)

test.run()
