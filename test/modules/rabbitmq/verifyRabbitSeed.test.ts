import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { verifyRabbitSeed } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { down, node, stoppedApp, vhosts } from './rabbit-states.ts'

const params = { members: [{ name: 'a' }, { name: 'b' }] }
const empty = { own: node('a'), 'member a': node('a') }
const that = 'the node holds something, or the nodes of all other hosts run'
const sentence =
  'the node of this host is empty, and the brokers on these hosts do not run: b. They may hold the data of the cluster'

for (const law of lawTests(
  verifyRabbitSeed,
  [
    { name: 'two new nodes', params, facts: { ...empty, 'member b': node('b') }, changes: [] },
    {
      name: 'a node that holds data, while the other one is down',
      params,
      facts: { own: node('a', { vhosts: vhosts('/', 'shop') }), 'member a': node('a'), 'member b': down },
      changes: [],
    },
    { name: 'a node that is down itself', params, facts: { ...empty, own: down, 'member b': down }, changes: [] },
    ...[
      { name: 'down', state: down },
      { name: 'stopped in its node', state: stoppedApp('b') },
      { name: 'on a host that can not be reached', state: absent },
    ].map(({ name, state }) => ({
      name: `an empty node, while the other one is ${name}`,
      params,
      facts: { ...empty, 'member b': state },
      changes: [],
      unmet: [that],
      sentences: [sentence],
    })),
    {
      name: 'unknown on bare hosts',
      params,
      facts: { own: unknown, 'member a': unknown, 'member b': unknown },
      changes: [],
      unmet: [that],
      sentences: [],
    },
  ],
  [{ params: { members: [] }, problems: ['members: Too small: expected array to have >=1 items'] }],
))
  test(law.name, law.run)

test.run()
