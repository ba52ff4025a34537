import * as z from 'zod'
import { defineModule, isKnown, rabbitQueues, require, unknown, type RabbitQueue } from 'haq'
import { runningNode, runningRequirement } from './rabbit/node.ts'
import { hasQuorum, queueList, withoutNode } from './rabbit/queues.ts'

/** Seconds for members that are about to come back. */
const patience = 30

/**
 * Changes nothing: fails where clients would miss something if the node of this host stopped now, and names the queues: a
 * quorum queue or stream would lose the majority of its members, or a mirrored queue its only synchronised copy. With
 * `forGood` it fails where a queue would be lost with the node, and asks for no majority, since the members on the node
 * are given up before it stops. A node that is down can stop.
 *
 * @see rabbitmq-queues(8), check_if_node_is_quorum_critical and check_if_node_is_mirror_sync_critical
 */
export const rabbitCanStop = defineModule({
  name: 'rabbitCanStop',
  summary: 'Fail unless a RabbitMQ node can stop without an outage of a queue or the loss of one',
  params: z.object({
    acceptOutage: z
      .boolean()
      .default(false)
      .describe('go on where queues would only be out of service until the node is back'),
    forGood: z.boolean().default(false).describe('the node is to leave its cluster'),
  }),
  facts: () => ({ queues: rabbitQueues }),
  plan: ({ acceptOutage, forGood }, { queues: state }) => {
    const found = runningNode(state)
    if (isKnown(state) && !found) return state?.state === 'refusing' ? [runningRequirement(state)] : []
    const node = found?.node ?? ''
    const here = found?.queues.filter(({ members }) => members.includes(node)) ?? []
    const known = found !== undefined
    const outage = here.filter(queue => losesMajority(queue, node))
    const unsynced = here.filter(({ type, inSync }) => type === 'mirrored' && withoutNode(inSync, node).length === 0)
    const lost = here.filter(({ type, inSync }) => type !== 'mirrored' && withoutNode(inSync, node).length === 0)
    const mayGo = (queues: readonly RabbitQueue[]): boolean | typeof unknown =>
      known ? queues.length === 0 || (acceptOutage && !forGood) : unknown
    return [
      runningRequirement(state),
      require('no mirrored queue has its only synchronised copy here', mayGo(unsynced), {
        otherwise: `these mirrored queues have no synchronised copy on another node: ${queueList(unsynced)}`,
        hint: `wait until they have, or synchronise them: rabbitmqctl sync_queue NAME${forGood ? '' : '; -e acceptOutage=true goes on in spite of it'}`,
      }),
      forGood
        ? require('no queue has its only copy here', mayGo(lost), {
            otherwise: `these queues would be lost with the node: ${queueList(lost)}`,
            hint: 'consume or delete what is in them, or have it moved by a policy or a shovel',
          })
        : require('no quorum queue or stream needs this node for its majority', mayGo(outage), {
            otherwise: `without this node these would have no majority: ${queueList(outage, majorityWord)}`,
            // A member that comes back, as after the restart of another node, may be away again for a moment.
            within: outage.some(({ inSync, members }) => inSync.length < members.length) ? patience : 0,
            hint: 'of two members both are needed, so a third node helps (playbooks/add-node.ts); -e acceptOutage=true goes on in spite of it',
          }),
    ]
  },
})

function losesMajority(queue: RabbitQueue, node: string): boolean {
  return hasQuorum(queue) && withoutNode(queue.inSync, node).length <= queue.members.length / 2
}

function majorityWord({ inSync, members }: RabbitQueue): string {
  return ` (${inSync.length} of ${members.length} members online)`
}
