import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { verifyRabbitNode } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { conditions } from './queue-states.ts'
import { cookieFile, down, node } from './rabbit-states.ts'

const params = { members: [{ name: 'a' }, { name: 'b' }] }
const facts = {
  unit: { active: true, enabled: true },
  conditions: conditions('a'),
  'node a': node('a'),
  'node b': node('b'),
  'cookie a': cookieFile('same'),
  'cookie b': cookieFile('same'),
}
const boot = 'RabbitMQ starts at boot'
const runs = 'the broker is running'
const serves = 'the node is in service'
const calm = 'there are no alarms'
const version = 'all nodes have the same version'
const cookie = 'all nodes have the same Erlang cookie'

for (const law of lawTests(
  verifyRabbitNode,
  [
    { name: 'all checks pass', params, facts, changes: [] },
    { name: 'the other node down', params, facts: { ...facts, 'node b': down }, changes: [] },
    {
      name: 'all checks fail',
      params,
      facts: {
        unit: { active: true, enabled: false },
        conditions: conditions('a', { draining: true, alarms: ['disk on rabbit@b'] }),
        'node a': node('a'),
        'node b': node('b', { version: '3.11.1' }),
        'cookie a': cookieFile('same'),
        'cookie b': cookieFile('other'),
      },
      changes: [],
      unmet: [boot, serves, calm, version, cookie],
      sentences: [
        'rabbitmq-server is not enabled: it would not start after a reboot',
        'the node is in maintenance mode: it accepts no clients',
        'alarms block publishers: disk on rabbit@b',
        'the nodes have different versions: a 3.10.8, b 3.11.1',
        'the nodes have different Erlang cookies, or some of them have none',
      ],
    },
    {
      name: 'a bare host',
      params,
      facts: { ...facts, unit: absent, conditions: absent, 'node a': absent, 'cookie a': absent },
      changes: [],
      unmet: [boot, runs, cookie],
      sentences: [
        'rabbitmq-server is not enabled: it would not start after a reboot',
        'the broker is not running',
        'the nodes have different Erlang cookies, or some of them have none',
      ],
    },
    {
      name: 'unknown',
      params,
      facts: Object.fromEntries(Object.keys(facts).map(key => [key, unknown])),
      changes: [],
      unmet: [boot, runs, serves, calm, version, cookie],
    },
  ],
  [{ params: { members: [] }, problems: ['members: Too small: expected array to have >=1 items'] }],
))
  test(law.name, law.run)

test.run()
