import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { rabbitForget } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { queue, queuesOn } from './queue-states.ts'
import { down, named, node } from './rabbit-states.ts'

const params = { node: { name: 'b' } }
const disc = ['rabbit@a', 'rabbit@b']
const left = node('a', { disc })
const queues = queuesOn('a', ['a'], [queue('mirrored', 'm', ['a'])])
const name = named('b')
const runs = 'the broker is running'
const stopped = 'the node on b is stopped'
const another = 'this is not the node to remove'
const copy = 'no queue has its only copy on that node'
const change = (from: string): string => `member on b: ${from} → forgotten`

for (const law of lawTests(
  rabbitForget,
  [
    {
      name: 'a member that is stopped',
      params,
      facts: { own: left, queues, name },
      changes: [change('rabbit@b, stopped')],
    },
    { name: 'forgotten', params, facts: { own: node('a'), queues, name }, changes: [] },
    {
      name: 'a member that runs',
      params,
      facts: { own: node('a', { disc, up: disc }), queues, name },
      changes: [change('rabbit@b, stopped')],
      unmet: [stopped],
      sentences: ['the broker on b is still running'],
    },
    {
      name: 'the node itself',
      params,
      facts: { own: node('b', { disc, up: ['rabbit@a'] }), queues, name },
      changes: [change('rabbit@b, stopped')],
      unmet: [another],
      sentences: ["a node can't remove itself: run this task on a node that stays"],
    },
    {
      name: 'a member that holds the only copy of a queue',
      params,
      facts: {
        own: left,
        queues: queuesOn('a', ['a'], [queue('classic', 'c', ['b'], { leader: null, inSync: [] })]),
        name,
      },
      changes: [change('rabbit@b, stopped')],
      unmet: [copy],
      sentences: ['these queues would be lost with b: c in shop'],
    },
    {
      name: 'a member with the only copy of a queue, the loss is accepted',
      params: { ...params, acceptLoss: true },
      facts: {
        own: left,
        queues: queuesOn('a', ['a'], [queue('classic', 'c', ['b'], { leader: null, inSync: [] })]),
        name,
      },
      changes: [change('rabbit@b, stopped')],
    },
    {
      name: 'a member with a name of its own',
      params,
      facts: { own: node('a', { disc: ['bunny@mq2', 'rabbit@a'] }), queues, name: named('mq2', { name: 'bunny@mq2' }) },
      changes: [change('bunny@mq2, stopped')],
    },
    {
      name: 'a member whose host is gone for good',
      params: { node: { name: 'b.example.com' } },
      facts: { own: left, queues, name: absent },
      changes: ['member on b.example.com: rabbit@b, stopped → forgotten'],
    },
    {
      name: 'forgotten, and its host is gone for good',
      params,
      facts: { own: node('a'), queues, name: absent },
      changes: [],
    },
    {
      name: 'a host that is gone for good, and whose node had another name',
      params,
      facts: { own: node('a', { disc: ['rabbit@a', 'rabbit@mq2'] }), queues, name: absent },
      changes: [change('rabbit@b, stopped')],
      unmet: ['the name of the node on b is known'],
      sentences: ["b can't be reached, and none of the members that are down is called like it: rabbit@mq2"],
    },
    {
      name: 'the broker down',
      params,
      facts: { own: down, queues: down, name },
      changes: [change('unknown')],
      unmet: [runs, another, copy],
      sentences: ['the broker is not running'],
    },
    {
      name: 'unknown',
      params,
      facts: { own: unknown, queues: unknown, name: unknown },
      changes: [change('unknown')],
      unmet: [runs, stopped, another, copy],
    },
  ],
  [{ params: {}, problems: ["node: takes a host of the inventory, such as group('web').first"] }],
))
  test(law.name, law.run)

test.run()
