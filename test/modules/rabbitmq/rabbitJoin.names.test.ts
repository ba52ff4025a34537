import { test } from 'uvu'
import { absent } from 'haq'
import { rabbitJoin } from 'haq/modules'
import { lawTests } from 'haq/testing'
import {
  params,
  pair,
  fine,
  member,
  stop,
  to,
  start,
  all,
  holdsNothing,
  names,
  kinds,
  resolves,
  isResolved,
  resolvesAll,
  answers,
  mutual,
  seedRuns,
} from './join-states.ts'
import { misnamed, named, node, otherName, vhosts } from './rabbit-states.ts'

for (const law of lawTests(rabbitJoin, [
  {
    name: "with a seed whose name can't be resolved",
    params,
    facts: { ...fine, reach: { address: absent, unresolved: [], answer: 'refused' } },
    changes: all,
    unmet: [resolves],
    sentences: ["this host can't resolve a, the host of the node rabbit@a"],
  },
  {
    name: 'with a seed that runs under another name than its host knows',
    params,
    facts: { ...fine, seedNode: misnamed },
    changes: all,
    unmet: [seedRuns],
    sentences: [`on a: ${otherName}`],
  },
  {
    name: 'with a seed whose name means this host itself',
    params,
    facts: { ...fine, reach: { ...fine.reach, address: '127.0.1.1', answer: 'refused' } },
    changes: all,
    unmet: [resolves],
    sentences: ['this host resolves a, the host of the node rabbit@a, to 127.0.1.1, which is this host itself'],
  },
  {
    name: "with a seed that can't resolve the name of this node",
    params,
    facts: { ...fine, own: node('mq2'), ownName: named('mq2'), ownAddress: absent },
    changes: all,
    unmet: [isResolved],
    sentences: ["a can't resolve mq2, the host of the node rabbit@mq2"],
  },
  {
    name: "with another member whose name can't be resolved",
    params,
    facts: { ...fine, reach: { ...fine.reach, unresolved: ['c'] } },
    changes: all,
    unmet: [resolvesAll],
    sentences: ["this host can't resolve c, where other members of the cluster run"],
  },
  {
    name: 'under the same name as the seed',
    params,
    facts: { ...fine, own: node('a'), ownName: named('a') },
    changes: [],
    unmet: [names],
    sentences: ['both nodes are called rabbit@a'],
  },
  {
    name: 'with a long name and a seed with a short one',
    params,
    facts: { ...fine, ownName: { name: 'rabbit@b.example.com', long: true } },
    changes: all,
    unmet: [kinds],
    sentences: [
      "rabbit@b.example.com has a long name and rabbit@a has a short name: such nodes can't talk to each other",
    ],
  },
  {
    name: "with a seed whose ports can't be reached",
    params,
    facts: { ...fine, reach: { ...fine.reach, answer: 'closed' } },
    changes: all,
    unmet: [answers],
    sentences: ["this host can't connect to port 4369 (epmd) of a at 192.168.1.121"],
  },
  {
    name: 'with a seed that refuses this host',
    params,
    facts: { ...fine, reach: { ...fine.reach, answer: 'refused' } },
    changes: all,
    unmet: [answers],
    sentences: ['the node on a does not let this host connect, although the cookie files are the same'],
  },
  {
    name: 'with a seed that has a name of its own',
    params,
    facts: { ...fine, seedNode: node('a', { node: 'bunny@mq1', disc: ['bunny@mq1'] }) },
    changes: [
      stop,
      'RabbitMQ cluster: alone → member of the cluster of bunny@mq1 (disc)',
      'broker: stopped → running in the cluster of bunny@mq1',
    ],
  },
  {
    name: 'with a seed that was reinstalled, while this node has the data',
    params,
    facts: { ...member, own: node('b', { ...pair, vhosts: vhosts('/', 'shop') }), seedNode: node('a') },
    changes: [stop, `RabbitMQ cluster: with rabbit@a → ${to}`, start],
    unmet: [mutual, holdsNothing],
    sentences: [
      'rabbit@b counts rabbit@a as a member of its cluster, but rabbit@a does not count rabbit@b. The node on a is empty: it was reinstalled or reset',
      'joining would delete the data of this node: vhosts shop, cluster members rabbit@a',
    ],
  },
  {
    name: 'forgotten by a seed that has the data',
    params,
    facts: { ...member, seedNode: node('a', { vhosts: vhosts('/', 'shop') }) },
    changes: [stop, `RabbitMQ cluster: with rabbit@a → ${to}`, start],
    unmet: [mutual, holdsNothing],
    sentences: [
      'rabbit@b counts rabbit@a as a member of its cluster, but rabbit@a does not count rabbit@b',
      'joining would delete the data of this node: cluster members rabbit@a',
    ],
  },
  {
    name: 'forgotten by the seed, discardData is set',
    params: { ...params, discardData: true },
    facts: { ...member, seedNode: node('a', { vhosts: vhosts('/', 'shop') }) },
    changes: [stop, `RabbitMQ cluster: with rabbit@a → ${to}`, start],
  },
]))
  test(law.name, law.run)

test.run()
