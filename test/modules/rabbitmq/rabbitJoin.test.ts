import { match, ok } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { rabbitJoin } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { stepsOf } from '../../../src/core/step.ts'
import {
  params,
  pair,
  ramPair,
  fine,
  member,
  stop,
  to,
  join,
  start,
  all,
  blind,
  isUp,
  holdsNothing,
  hasRam,
  seedRuns,
  sameCookie,
  names,
  kinds,
  resolves,
  isResolved,
  resolvesAll,
  answers,
  mutual,
} from './join-states.ts'
import { cookieFile, down, node, otherCookie, refusing, stoppedApp, users, vhosts } from './rabbit-states.ts'

for (const law of lawTests(
  rabbitJoin,
  [
    { name: 'alone', params, facts: fine, changes: all },
    { name: 'already a member', params, facts: member, changes: [] },
    {
      name: 'a member whose broker is stopped',
      params,
      facts: {
        ...member,
        own: stoppedApp('b', { disc: pair.disc }),
        seedNode: node('a', { ...pair, up: ['rabbit@a'] }),
      },
      changes: [start],
    },
    { name: 'a member while the seed is down', params, facts: { ...member, seedNode: down }, changes: [] },
    {
      name: 'killed after stop_app',
      params,
      facts: { ...fine, own: stoppedApp('b'), joining: true },
      changes: [join, start],
    },
    {
      name: 'killed after join_cluster, before start_app',
      params,
      facts: { ...member, own: stoppedApp('b', { disc: pair.disc }), joining: true },
      changes: [start],
    },
    {
      name: 'killed after start_app, before its mark was removed',
      params,
      facts: { ...member, joining: true },
      changes: [start],
    },
    {
      name: 'killed after stop_app, started again and used',
      params,
      facts: { ...fine, own: node('b', { messages: 3 }), joining: true },
      changes: all,
      unmet: [holdsNothing],
      sentences: ['joining would delete the data of this node: 3 messages'],
    },
    {
      name: 'the broker was stopped outside of haq',
      params,
      facts: { ...fine, own: stoppedApp('b') },
      changes: [join, start],
      unmet: ['the broker of the node runs'],
      sentences: [
        'the broker was stopped here outside of haq (stop_app), so it is not known what joining would delete',
      ],
    },
    {
      name: 'a node with messages, users and vhosts',
      params,
      facts: {
        ...fine,
        own: node('b', { messages: 1, users: users('guest', 'ann', 'bob'), vhosts: vhosts('/', 'shop') }),
      },
      changes: all,
      unmet: [holdsNothing],
      sentences: ['joining would delete the data of this node: 1 messages, users ann, bob, vhosts shop'],
    },
    {
      name: 'in another cluster',
      params,
      facts: { ...fine, own: node('b', { disc: ['rabbit@b', 'rabbit@c'], up: ['rabbit@b'], messages: null }) },
      changes: [stop, `RabbitMQ cluster: with rabbit@c → ${to}`, start],
      unmet: [holdsNothing],
      sentences: ['joining would delete the data of this node: cluster members rabbit@c'],
    },
    {
      name: 'a node with data, discardData is set',
      params: { ...params, discardData: true },
      facts: { ...fine, own: node('b', { messages: 12, users: users('ann'), vhosts: vhosts('/', 'shop') }) },
      changes: all,
    },
    {
      name: 'with another cookie than the seed',
      params,
      facts: { ...fine, cookie: cookieFile('OTHER') },
      changes: all,
      unmet: [sameCookie],
      sentences: ['the Erlang cookie differs from the one on a'],
    },
    ...[
      { name: 'with a seed that is down', seedNode: down },
      { name: 'with a seed whose broker is stopped', seedNode: stoppedApp('a') },
      { name: 'with a seed without RabbitMQ', seedNode: absent },
    ].map(({ name, seedNode }) => ({
      name,
      params,
      facts: { ...fine, seedNode },
      changes: all,
      unmet: [seedRuns],
      sentences: ['the broker on a, the node to join, is not running'],
    })),
    {
      name: 'with a seed that still lists this node',
      params,
      facts: { ...fine, seedNode: node('a', { ...pair, up: ['rabbit@a'] }) },
      changes: all,
    },
    {
      name: 'the node itself down',
      params,
      facts: { ...fine, own: down },
      changes: blind,
      unmet: [isUp, holdsNothing],
      sentences: ['the RabbitMQ node is not up'],
    },
    {
      name: 'the node with another cookie than its file',
      params,
      facts: { ...fine, own: refusing },
      changes: blind,
      unmet: [isUp, holdsNothing],
      sentences: [otherCookie],
    },
    {
      name: 'as a ram node',
      params: { ...params, type: 'ram' },
      facts: fine,
      changes: [stop, 'RabbitMQ cluster: alone → member of the cluster of rabbit@a (ram)', start],
    },
    {
      name: 'already a ram node',
      params: { ...params, type: 'ram' },
      facts: { ...fine, own: node('b', ramPair), seedNode: node('a', ramPair) },
      changes: [],
    },
    {
      name: 'a ram node that is to be a disc node',
      params,
      facts: { ...fine, own: node('b', ramPair), seedNode: node('a', ramPair) },
      changes: [stop, `RabbitMQ cluster: member of the cluster of rabbit@a (ram) → ${to}`, start],
    },
    {
      name: 'as a ram node on RabbitMQ 4',
      params: { ...params, type: 'ram' },
      facts: { ...fine, own: node('b', { version: '4.0.5' }) },
      changes: [stop, 'RabbitMQ cluster: alone → member of the cluster of rabbit@a (ram)', start],
      unmet: [hasRam],
      sentences: ['RabbitMQ 4.0.5 no longer supports ram nodes'],
    },
    {
      name: 'unknown on bare hosts',
      params,
      facts: {
        own: unknown,
        seedNode: unknown,
        cookie: unknown,
        seedCookie: unknown,
        ownName: unknown,
        seedName: unknown,
        reach: unknown,
        ownAddress: unknown,
        joining: false,
      },
      changes: blind,
      unmet: [
        ...[isUp, seedRuns, sameCookie, names, kinds, resolves, isResolved, resolvesAll, answers],
        ...[mutual, holdsNothing],
      ],
      sentences: [],
    },
  ],
  [
    {
      params: { seed: 'a', type: 'disk', discardData: 'yes' },
      problems: [
        "seed: takes a host of the inventory, such as group('web').first",
        'type: Invalid option: expected one of "disc"|"ram"',
        'discardData: Invalid input: expected boolean, received string',
      ],
    },
  ],
))
  test(law.name, law.run)

/** The scripts of a plan's steps. */
function scripts(facts: Readonly<Record<string, unknown>>, options: { type?: 'ram' } = {}): readonly string[] {
  return stepsOf(rabbitJoin({ ...params, ...options }).plan(facts)).map(step =>
    step.kind === 'run' ? step.script.reveal() : step.kind,
  )
}

test('rabbitJoin marks the join before it stops the broker, and removes the mark when the broker runs again', () => {
  const [stopScript = '', , startScript = ''] = scripts(fine)
  match(stopScript, /rabbitJoin[^]*\n.*rabbitmqctl -q stop_app$/)
  match(startScript, /start_app\n[^]*rm -f .*rabbitJoin/)
})

test('rabbitJoin resets the node, and joins in the order that RabbitMQ requires', () => {
  match(scripts(fine)[1] ?? '', /^:\n.*rabbitmqctl -q reset\n.*rabbitmqctl -q join_cluster {2}rabbit@a$/)
  match(scripts(fine, { type: 'ram' })[1] ?? '', /join_cluster --ram rabbit@a$/)
})

test('rabbitJoin lets the seed forget a node that it still lists, and only then', () => {
  const listed = { ...fine, seedNode: node('a', { ...pair, up: ['rabbit@a'] }) }
  match(scripts(listed)[1] ?? '', /^.*rabbitmqctl -q -n rabbit@a forget_cluster_node rabbit@b\n/)
  ok(!scripts(fine).join().includes('forget_cluster_node'))
})

test('rabbitJoin makes a node that its cluster has forgotten leave it by force', () => {
  match(scripts({ ...member, seedNode: node('a') })[1] ?? '', /^:\n.*rabbitmqctl -q force_reset\n/)
})

test('rabbitJoin reads the seed on the seed', () => {
  const { own, seedNode, seedCookie, ownAddress } = rabbitJoin(params).facts
  ok(own?.host === undefined && seedNode?.host === 'a' && seedCookie?.host === 'a' && ownAddress?.host === 'a')
})

test.run()
