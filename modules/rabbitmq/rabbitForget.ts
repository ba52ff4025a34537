import * as z from 'zod'
import { defineModule, hostRef, isKnown, predict, require, run, sh, unknown } from 'haq'
import { rabbit } from './facts/rabbit.ts'
import { rabbitQueues } from './facts/rabbit-queues.ts'
import { membersOf } from './shared/join-requirements.ts'
import { rabbitmqctl, runningNode, runningRequirement } from './shared/node.ts'
import { nodeNameOf, queueList, withoutNode } from './shared/queues.ts'

/**
 * A node that has left its cluster for good: the members that stay forget it. It must be stopped. What it holds alone is
 * lost with it, so such a node is refused unless `acceptLoss` is set. Run it on one node that stays.
 *
 * @see rabbitmqctl(8), forget_cluster_node
 */
export const rabbitForget = defineModule({
  name: 'rabbitForget',
  summary: 'Remove a RabbitMQ node that will not come back from its cluster',
  params: z.object({
    node: hostRef().describe('the host of the node that is gone'),
    acceptLoss: z.boolean().default(false).describe('lose the queues that have their only copy on it'),
  }),
  title: ({ node }) => node.name,
  facts: () => ({ own: rabbit, queues: rabbitQueues }),
  plan: ({ node, acceptLoss }, { own, queues: state }) => {
    const cluster = runningNode(own)
    const name = nodeNameOf(node)
    if (cluster && !membersOf(cluster).includes(name)) return []
    const without = (nodes: readonly string[]): string[] => nodes.filter(member => member !== name)
    const queues = runningNode(state)?.queues
    const lost =
      queues?.filter(({ members, inSync }) => members.includes(name) && withoutNode(inSync, name).length === 0) ?? []
    return [
      runningRequirement(own),
      require(`the node on ${node.name} is stopped`, isKnown(own) ? !(cluster?.up.includes(name) ?? false) : unknown, {
        otherwise: `the broker on ${node.name} still runs`,
        hint: 'stop it for good by a service task before this one: service rabbitmq-server stopped, enabled: false',
      }),
      require('this is another node', cluster ? cluster.node !== name : unknown, {
        otherwise: 'a node cannot forget itself: run this on one that stays',
      }),
      require('no queue has its only copy there', queues ? acceptLoss || lost.length === 0 : unknown, {
        otherwise: `these queues would be lost with ${node.name}: ${queueList(lost)}`,
        hint: `start ${node.name} again and let others take them, or set acceptLoss: true`,
      }),
      run({
        change: { what: `member ${name}`, from: cluster ? 'stopped' : 'unknown', to: 'forgotten' },
        script: sh`${rabbitmqctl} forget_cluster_node ${name}`,
        undo: { impossible: 'a node that was forgotten must join again' },
        predicts: [
          predict(rabbit, cluster ? { ...cluster, disc: without(cluster.disc), ram: without(cluster.ram) } : unknown),
          predict(rabbitQueues, unknown),
        ],
      }),
    ]
  },
})
