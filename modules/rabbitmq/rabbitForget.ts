import * as z from 'zod'
import { absent, defineModule, hostRef, isKnown, onReachable, predict, require, sh, unknown } from 'haq'
import { rabbit } from './facts/rabbit.ts'
import { nodeName } from './facts/rabbit-node.ts'
import { rabbitQueues } from './facts/rabbit-queues.ts'
import { membersOf } from './shared/membership.ts'
import { nodeOf, usualName } from './shared/node-of.ts'
import { rabbitmqctl, runningNode, runningRequirement } from './shared/node.ts'
import { queueList, withoutNode } from './shared/queues.ts'
import { runRabbit } from './shared/reason.ts'

/**
 * Removes a node that has left for good from the cluster. The node must be stopped. A queue with its only copy on the
 * node is lost, so the task fails in that case unless `acceptLoss` is set. Run it on one node that stays in the
 * cluster.
 *
 * @see rabbitmqctl(8), forget_cluster_node
 *
 * @example
 * ```ts
 * rabbitForget({ node: { name: 'mygateway' } })
 * ```
 */
export const rabbitForget = defineModule({
  name: 'rabbitForget',
  summary: 'Remove a RabbitMQ node that will not come back from its cluster',
  params: z.object({
    node: hostRef().describe('the host whose node is removed'),
    acceptLoss: z.boolean().default(false).describe('accept the loss of queues with their only copy on the node'),
  }),
  title: ({ node }) => node.name,
  facts: ({ node }) => ({ own: rabbit, queues: rabbitQueues, name: onReachable(node, nodeName) }),
  plan: ({ node, acceptLoss }, { own, queues: state, name: known }) => {
    const cluster = runningNode(own)
    const members = cluster ? membersOf(cluster) : []
    const down = members.filter(member => !cluster?.up.includes(member))
    const found = nodeOf(node, known, members)
    // Every member that is down may be the node of a host that can't be reached, and that has another name.
    const isOpen = cluster !== undefined && found === undefined && down.length > 0
    const name = found ?? usualName(node)
    if (cluster && isKnown(known) && !isOpen && !members.includes(name)) return []
    const without = (nodes: readonly string[]): string[] => nodes.filter(member => member !== name)
    const queues = runningNode(state)?.queues
    const lost =
      queues?.filter(({ members, inSync }) => members.includes(name) && withoutNode(inSync, name).length === 0) ?? []
    return [
      runningRequirement(own),
      ...(isOpen || (known === absent && !cluster)
        ? [
            require(`the name of the node on ${node.name} is known`, isOpen ? false : unknown, {
              otherwise: `${node.name} can't be reached, and none of the members that are down is called like it: ${down.join(', ')}`,
              hint: `if it is one of them, remove it on this host: rabbitmqctl forget_cluster_node NAME`,
            }),
          ]
        : []),
      require(`the node on ${node.name} is stopped`, isKnown(own) ? !(cluster?.up.includes(name) ?? false) : unknown, {
        otherwise: `the broker on ${node.name} is still running`,
        hint: 'stop it for good with a service task before this one: service rabbitmq-server stopped, enabled: false',
      }),
      require('this is not the node to remove', cluster ? cluster.node !== name : unknown, {
        otherwise: "a node can't remove itself: run this task on a node that stays",
      }),
      require('no queue has its only copy on that node', queues ? acceptLoss || lost.length === 0 : unknown, {
        otherwise: `these queues would be lost with ${node.name}: ${queueList(lost)}`,
        hint: `start ${node.name} again and let other nodes get copies of the queues, or set acceptLoss: true`,
      }),
      runRabbit({
        change: { what: `member on ${node.name}`, from: cluster ? `${name}, stopped` : 'unknown', to: 'forgotten' },
        script: sh`${rabbitmqctl} forget_cluster_node ${name}`,
        undo: { impossible: 'a removed node must join again' },
        predicts: [
          predict(rabbit, cluster ? { ...cluster, disc: without(cluster.disc), ram: without(cluster.ram) } : unknown),
          predict(rabbitQueues, unknown),
        ],
      }),
    ]
  },
})
