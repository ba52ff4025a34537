import { ok } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { type RabbitPolicy, verifyRabbitCluster } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { requirementsOf } from '../../../src/core/step.ts'
import { down, named, node, otherCookie, refusing, stoppedApp, vhosts } from './rabbit-states.ts'

const members = [{ name: 'b' }, { name: 'a' }]
const params = { members, vhosts: ['shop'], policies: ['ha-all'] }
const policy: RabbitPolicy = { vhost: '/', name: 'ha-all', pattern: '^', applyTo: 'all', priority: 0, definition: {} }
const cluster = {
  disc: ['rabbit@a', 'rabbit@b'],
  up: ['rabbit@b', 'rabbit@a'],
  vhosts: vhosts('/', 'shop'),
  policies: [policy],
  messages: null,
}
const a = node('a', cluster)
const b = node('b', cluster)
const names = { 'name of a': named('a'), 'name of b': named('b') }
const facts = { own: a, 'member a': a, 'member b': b, ...names }

const areMembers = "the cluster's members are b, a"
const agree = 'the members agree on who is a member'
const run = 'all members run'
const together = 'there is no partition'
const seen = ['the node has the vhost shop', 'the node has the policy ha-all']
const brokerRuns = 'the broker is running'

for (const law of lawTests(
  verifyRabbitCluster,
  [
    { name: 'healthy', params, facts, changes: [] },
    {
      name: 'healthy, with a ram node',
      params,
      facts: { ...facts, own: node('a', { ...cluster, disc: ['rabbit@a'], ram: ['rabbit@b'] }) },
      changes: [],
    },
    {
      name: 'a node without a cluster',
      params: { members },
      facts: { ...facts, own: node('a') },
      changes: [],
      unmet: [areMembers, agree, run],
      sentences: [
        'the members of the cluster are rabbit@a',
        'rabbit@b counts rabbit@a as a member of its cluster, but rabbit@a does not count rabbit@b',
        'only these members run: rabbit@a',
      ],
    },
    {
      name: 'a member that was reinstalled',
      params: { members },
      facts: { ...facts, own: node('a', { ...cluster, up: ['rabbit@a'] }), 'member b': node('b') },
      changes: [],
      unmet: [agree, run],
      sentences: [
        'rabbit@a counts rabbit@b as a member of its cluster, but rabbit@b does not count rabbit@a',
        'only these members run: rabbit@a',
      ],
    },
    {
      name: 'nodes that have other names than the inventory',
      params: { members },
      facts: {
        own: node('mq1', { disc: ['bunny@mq2', 'rabbit@mq1'], up: ['bunny@mq2', 'rabbit@mq1'] }),
        'member a': node('mq1', { disc: ['bunny@mq2', 'rabbit@mq1'], up: ['bunny@mq2', 'rabbit@mq1'] }),
        'member b': node('mq2', { node: 'bunny@mq2', disc: ['bunny@mq2', 'rabbit@mq1'] }),
        'name of a': named('mq1'),
        'name of b': named('mq2', { name: 'bunny@mq2' }),
      },
      changes: [],
    },
    {
      name: 'an additional member',
      params: { members: [{ name: 'a' }] },
      facts: { own: a, 'member a': a, 'name of a': named('a') },
      changes: [],
      unmet: ["the cluster's members are a", run],
      sentences: ['the members of the cluster are rabbit@a, rabbit@b', 'only these members run: rabbit@a, rabbit@b'],
    },
    {
      name: 'the other node down',
      params,
      facts: { own: node('a', { ...cluster, up: ['rabbit@a'] }), 'member a': a, 'member b': down, ...names },
      changes: [],
      unmet: [run],
      sentences: ['only these members run: rabbit@a'],
    },
    {
      name: 'partitioned',
      params,
      facts: { ...facts, own: node('a', { ...cluster, partitions: ['rabbit@b'] }) },
      changes: [],
      unmet: [together],
      sentences: ['partitioned from rabbit@b'],
    },
    {
      name: 'neither vhost nor policy',
      params,
      facts: { ...facts, own: node('a', { ...cluster, vhosts: vhosts('/'), policies: [] }) },
      changes: [],
      unmet: seen,
      sentences: ['the node does not have the vhost shop', 'the node does not have the policy ha-all'],
    },
    ...[
      { name: 'the node itself down', own: down },
      { name: 'its broker stopped', own: stoppedApp('a') },
      { name: 'a host without RabbitMQ', own: absent },
    ].map(({ name, own }) => ({
      name,
      params,
      facts: { ...facts, own, 'member a': own },
      changes: [],
      unmet: [brokerRuns],
      sentences: ['the broker is not running'],
    })),
    {
      name: 'a node with another cookie than its file',
      params,
      facts: { ...facts, own: refusing },
      changes: [],
      unmet: [brokerRuns],
      sentences: [otherCookie],
    },
    {
      name: 'another member unknown',
      params,
      facts: { ...facts, 'member b': unknown },
      changes: [],
      unmet: [areMembers, agree, run],
      sentences: [],
    },
    {
      name: 'unknown',
      params,
      facts: { own: unknown, 'member a': unknown, 'member b': unknown, ...names },
      changes: [],
      unmet: [brokerRuns, areMembers, agree, run, together, ...seen],
      sentences: [],
    },
  ],
  [
    { params: { members: [] }, problems: ['members: Too small: expected array to have >=1 items'] },
    {
      params: { members: ['a'], vhosts: ['-v'] },
      problems: [
        "members[0]: takes a host of the inventory, such as group('web').first",
        'vhosts[0]: takes a name that does not start with a dash',
      ],
    },
  ],
))
  test(law.name, law.run)

test('verifyRabbitCluster waits for the cluster to agree', () => {
  for (const own of [node('a'), down])
    for (const { that, within } of requirementsOf(verifyRabbitCluster(params).plan({ ...facts, own })))
      ok((within ?? 0) >= 30, that)
})

test.run()
