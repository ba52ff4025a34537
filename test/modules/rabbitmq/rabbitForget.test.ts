import { test } from 'uvu'
import { unknown } from 'haq'
import { rabbitForget } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { queue, queuesOn } from './queue-states.ts'
import { down, node } from './rabbit-states.ts'

const params = { node: { name: 'b' } }
const disc = ['rabbit@a', 'rabbit@b']
const left = node('a', { disc })
const queues = queuesOn('a', ['a'], [queue('mirrored', 'm', ['a'])])
const runs = 'the broker is running'
const stopped = 'the node on b is stopped'
const another = 'this is not the node to remove'
const copy = 'no queue has its only copy on that node'
const change = (from: string): string => `member rabbit@b: ${from} → forgotten`

for (const law of lawTests(
  rabbitForget,
  [
    { name: 'a member that is stopped', params, facts: { own: left, queues }, changes: [change('stopped')] },
    { name: 'forgotten', params, facts: { own: node('a'), queues }, changes: [] },
    {
      name: 'a member that runs',
      params,
      facts: { own: node('a', { disc, up: disc }), queues },
      changes: [change('stopped')],
      unmet: [stopped],
      sentences: ['the broker on b is still running'],
    },
    {
      name: 'the node itself',
      params,
      facts: { own: node('b', { disc, up: ['rabbit@a'] }), queues },
      changes: [change('stopped')],
      unmet: [another],
      sentences: ["a node can't remove itself: run this task on a node that stays"],
    },
    {
      name: 'a member that holds the only copy of a queue',
      params,
      facts: { own: left, queues: queuesOn('a', ['a'], [queue('classic', 'c', ['b'], { leader: null, inSync: [] })]) },
      changes: [change('stopped')],
      unmet: [copy],
      sentences: ['these queues would be lost with b: c in shop'],
    },
    {
      name: 'a member with the only copy of a queue, the loss is accepted',
      params: { ...params, acceptLoss: true },
      facts: { own: left, queues: queuesOn('a', ['a'], [queue('classic', 'c', ['b'], { leader: null, inSync: [] })]) },
      changes: [change('stopped')],
    },
    {
      name: 'the broker down',
      params,
      facts: { own: down, queues: down },
      changes: [change('unknown')],
      unmet: [runs, another, copy],
      sentences: ['the broker is not running'],
    },
    {
      name: 'unknown',
      params,
      facts: { own: unknown, queues: unknown },
      changes: [change('unknown')],
      unmet: [runs, stopped, another, copy],
    },
  ],
  [{ params: {}, problems: ["node: takes a host of the inventory, such as group('web').first"] }],
))
  test(law.name, law.run)

test.run()
