import { test } from 'uvu'
import { unknown } from 'haq'
import { rabbitSync } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { queue, queuesOn } from './queue-states.ts'
import { down } from './rabbit-states.ts'

const runs = 'the broker is running'
const pair = ['a', 'b'] as const
const inSync = ['rabbit@a']

for (const law of lawTests(
  rabbitSync,
  [
    {
      name: 'in sync, and a quorum queue that is not',
      params: {},
      facts: { queues: queuesOn('a', pair, [queue('mirrored', 'm', pair), queue('quorum', 'q', pair, { inSync })]) },
      changes: [],
    },
    {
      name: 'a mirror that came back',
      params: {},
      facts: { queues: queuesOn('a', pair, [queue('mirrored', 'm', pair, { inSync }), queue('mirrored', 'n', pair)]) },
      changes: ['mirrors: unsynchronised: m in shop → synchronised'],
    },
    {
      name: 'a queue without a leader',
      params: {},
      facts: { queues: queuesOn('a', pair, [queue('mirrored', 'm', pair, { leader: null, inSync })]) },
      changes: [],
    },
    ...[down, unknown].map(queues => ({
      name: queues === unknown ? 'not known' : 'the node down',
      params: {},
      facts: { queues },
      changes: ['mirrors: unknown → synchronised'],
      unmet: [runs],
    })),
  ],
  [{ params: { queues: [] }, problems: [': Unrecognized key: "queues"'] }],
))
  test(law.name, law.run)

test.run()
