import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { verifyRabbitQueues } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { queue, queuesOn } from './queue-states.ts'
import { down } from './rabbit-states.ts'

const runs = 'the broker is running'
const led = 'every queue has a leader'
const synced = 'every mirror is synchronised'
const online = 'every member of every quorum queue and stream is online'

for (const law of lawTests(
  verifyRabbitQueues,
  [
    {
      name: 'all checks pass',
      params: {},
      facts: {
        queues: queuesOn(
          'a',
          ['a', 'b'],
          [
            queue('classic', 'c', ['a']),
            queue('mirrored', 'm', ['a', 'b']),
            queue('quorum', 'q', ['a', 'b']),
            queue('stream', 's', ['b']),
          ],
        ),
      },
      changes: [],
    },
    {
      name: 'all checks fail',
      params: {},
      facts: {
        queues: queuesOn(
          'a',
          ['a', 'b', 'c'],
          [
            queue('classic', 'c', ['d'], { leader: null, inSync: [] }),
            queue('mirrored', 'm', ['a', 'b'], { inSync: ['rabbit@a'], missing: ['rabbit@c'] }),
            queue('quorum', 'q', ['a', 'b', 'd'], { inSync: ['rabbit@a', 'rabbit@b'] }),
          ],
        ),
      },
      changes: [],
      unmet: [led, synced, online],
      sentences: [
        'no node leads these queues: c in shop (rabbit@d)',
        'some mirrors are missing or not synchronised: m in shop (rabbit@b, rabbit@c)',
        'some members are offline: q in shop (rabbit@d)',
      ],
    },
    ...[down, absent].map(queues => ({
      name: queues ? 'the node down' : 'a host without RabbitMQ',
      params: {},
      facts: { queues },
      changes: [],
      unmet: [runs],
      sentences: ['the broker is not running'],
    })),
    { name: 'unknown', params: {}, facts: { queues: unknown }, changes: [], unmet: [runs, led, synced, online] },
  ],
  [{ params: { within: -1 }, problems: ['within: Too small: expected number to be >=0'] }],
))
  test(law.name, law.run)

test.run()
