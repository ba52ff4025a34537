import { deepStrictEqual } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { service, verifyAll, verifyRabbitQueues } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { requirementsOf } from '../../../src/core/step.ts'
import { queue, queuesOn } from '../rabbitmq/queue-states.ts'

const tasks = [verifyRabbitQueues({}), service({ name: 'nginx', state: 'running', enabled: true })]
const params = { tasks }
const well = queuesOn('a', ['a', 'b'], [queue('mirrored', 'm', ['a', 'b'])])
const headless = queuesOn('a', ['a'], [queue('classic', 'c', ['b'], { leader: null, inSync: [] })])
const running = { active: true, enabled: true }
const facts = { '0 queues': well, '1 unit': running, '1 pending': false }
const done = 'service nginx running has nothing to change'

for (const law of lawTests(
  verifyAll,
  [
    { name: 'all checks pass', params, facts, changes: [] },
    {
      name: 'all checks fail',
      params,
      facts: { ...facts, '0 queues': headless, '1 unit': { active: false, enabled: true } },
      changes: [],
      unmet: ['every queue has a leader', done],
      sentences: [
        'no node leads these queues: c in shop (rabbit@b)',
        'service nginx running would still change: service nginx: stopped → running',
      ],
    },
    {
      name: 'a host without the service',
      params,
      facts: { ...facts, '1 unit': absent },
      changes: [],
      unmet: ['the host has a service nginx', done],
    },
    {
      name: 'unknown',
      params,
      facts: { '0 queues': unknown, '1 unit': unknown, '1 pending': unknown },
      changes: [],
      unmet: [
        'the broker is running',
        'every queue has a leader',
        'every mirror is synchronised',
        'every member of every quorum queue and stream is online',
        'the host has a service nginx',
        done,
      ],
    },
  ],
  [
    { params: { tasks: [] }, problems: ['tasks: Too small: expected array to have >=1 items'] },
    {
      params: { tasks: [verifyRabbitQueues({ within: -1 }), 'task'] },
      problems: [0, 1].map(i => `tasks[${i}]: takes tasks with valid parameters, such as verifyRabbitQueues({})`),
    },
  ],
))
  test(law.name, law.run)

test('verifyAll waits the same time for all tasks', () => {
  const plan = verifyAll({ tasks, within: 7 }).plan({ ...facts, '0 queues': headless })
  deepStrictEqual(new Set(requirementsOf(plan).map(({ within }) => within)), new Set([7]))
})

test.run()
