import * as z from 'zod'
import { defineModule, lines, predict, sh, unknown, type Step } from 'haq'
import { rabbitQueues, type RabbitQueue, type RabbitQueues } from './facts/rabbit-queues.ts'
import { type NodeUp, rabbitmqQueues, runningNode, runningRequirement } from './shared/node.ts'
import { runRabbit } from './shared/reason.ts'

/** Types of queues with leaders that can move, with RabbitMQ's word for each. */
const kinds = [
  { type: 'quorum', word: 'quorum' },
  { type: 'mirrored', word: 'classic' },
] as const

/**
 * Distributes the leaders of replicated queues over the running nodes. Afterwards no node leads more than its share
 * while another node with a copy leads less. Run it on one node of a cluster.
 *
 * @see rabbitmq-queues(8), rebalance
 *
 * @example
 * ```ts
 * rabbitRebalance({})
 * ```
 */
export const rabbitRebalance = defineModule({
  name: 'rabbitRebalance',
  summary: "Distribute the leaders of a cluster's replicated queues evenly over its nodes",
  params: z.object({}),
  facts: () => ({ queues: rabbitQueues }),
  plan: (_, { queues: state }) => {
    const found = runningNode(state)
    const uneven = kinds.filter(({ type }) => !found || isUneven(found, type))
    if (uneven.length === 0) return []
    return [runningRequirement(state), rebalance(uneven, found)]
  },
})

/** The number of queues of a type that each running node leads. */
function leadersBy({ up, queues }: NodeUp<RabbitQueues>, type: RabbitQueue['type']): ReadonlyMap<string, number> {
  const ofType = queues.filter(queue => queue.type === type)
  return new Map(up.map(node => [node, ofType.filter(({ leader }) => leader === node).length]))
}

/**
 * The share is computed in the same way as by RabbitMQ's own command. Otherwise that command would do nothing, or too
 * much.
 */
function isUneven(found: NodeUp<RabbitQueues>, type: RabbitQueue['type']): boolean {
  const counts = leadersBy(found, type)
  const share = Math.ceil(found.queues.filter(queue => queue.type === type).length / found.up.length)
  const led = (node: string | null): number => counts.get(node ?? '') ?? 0
  return found.queues.some(
    queue =>
      queue.type === type &&
      led(queue.leader) > share &&
      queue.inSync.some(node => counts.has(node) && led(node) < share),
  )
}

function rebalance(uneven: readonly (typeof kinds)[number][], found: NodeUp<RabbitQueues> | undefined): Step {
  const words = uneven.map(({ type }) => {
    const counts = found ? [...leadersBy(found, type)].map(([node, count]) => `${node} ${count}`) : ['unknown']
    return `${type}: ${counts.join(', ')}`
  })
  return runRabbit({
    change: { what: 'leaders of queues', from: words.join('; '), to: 'spread evenly' },
    script: lines(...uneven.map(({ word }) => sh`${rabbitmqQueues} rebalance ${word} >/dev/null`)),
    undo: { impossible: 'the previous leaders of the queues are not recorded' },
    predicts: [predict(rabbitQueues, unknown)],
  })
}
