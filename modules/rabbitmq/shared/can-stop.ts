import { isKnown, require, unknown, type Absent, type Requirement, type Unknown } from 'haq'
import { type RabbitQueue, type RabbitQueues } from '../facts/rabbit-queues.ts'
import { runningNode, runningRequirement } from './node.ts'
import { hasQuorum, queueList, withoutNode } from './queues.ts'

/** Seconds for members that are about to come back: one that was restarted may be away again for a moment. */
export const patience = 30

/** How a node is going to stop. */
export interface Stop {
  /** Go on where queues are only out of service until the node is back. */
  readonly acceptOutage: boolean
  /** Go on at least where waiting would not help: queues of two members need both of them. */
  readonly acceptPairs?: boolean
  /** The node leaves its cluster. */
  readonly forGood: boolean
  /** Seconds for mirrors that are being synchronised. */
  readonly forMirrors: number
}

/** What must hold for a node to stop without an outage of a queue or the loss of one; nothing for a node that is down. */
export function stopRequirements(state: RabbitQueues | Absent | Unknown, stop: Stop): readonly Requirement[] {
  const found = runningNode(state)
  if (isKnown(state) && !found) return state?.state === 'refusing' ? [runningRequirement(state)] : []
  const { acceptOutage, acceptPairs = false, forGood, forMirrors } = stop
  const node = found?.node ?? ''
  const here = found?.queues.filter(({ members }) => members.includes(node)) ?? []
  const known = found !== undefined
  const outage = here.filter(queue => losesMajority(queue, node) && !(acceptPairs && isWhole(queue)))
  const unsynced = here.filter(({ type, inSync }) => type === 'mirrored' && withoutNode(inSync, node).length === 0)
  const lost = here.filter(({ type, inSync }) => type !== 'mirrored' && withoutNode(inSync, node).length === 0)
  const mayGo = (queues: readonly RabbitQueue[]): boolean | typeof unknown =>
    known ? queues.length === 0 || (acceptOutage && !forGood) : unknown
  return [
    runningRequirement(state),
    require('no mirrored queue has its only synchronised copy here', mayGo(unsynced), {
      otherwise: `these mirrored queues have no synchronised copy on another node: ${queueList(unsynced)}`,
      hint: `wait until they have, or synchronise them: rabbitmqctl sync_queue NAME${forGood ? '' : '; -e acceptOutage=true goes on in spite of it'}`,
      within: forMirrors,
    }),
    forGood
      ? require('no queue has its only copy here', mayGo(lost), {
          otherwise: `these queues would be lost with the node: ${queueList(lost)}`,
          hint: 'consume or delete what is in them, or have it moved by a policy or a shovel',
        })
      : require('no quorum queue or stream needs this node for its majority', mayGo(outage), {
          otherwise: `without this node these would have no majority: ${queueList(outage, majorityWord)}`,
          within: outage.every(isWhole) ? 0 : patience,
          hint: 'of two members both are needed, so a third node helps (playbooks/add-node.ts); -e acceptOutage=true goes on in spite of it',
        }),
  ]
}

function losesMajority(queue: RabbitQueue, node: string): boolean {
  return hasQuorum(queue) && withoutNode(queue.inSync, node).length <= queue.members.length / 2
}

function isWhole({ inSync, members }: RabbitQueue): boolean {
  return inSync.length === members.length
}

function majorityWord({ inSync, members }: RabbitQueue): string {
  return ` (${inSync.length} of ${members.length} members online)`
}
