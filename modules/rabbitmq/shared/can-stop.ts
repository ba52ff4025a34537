import { isKnown, require, unknown, type Absent, type Requirement, type Unknown } from 'haq'
import { type RabbitQueue, type RabbitQueues } from '../facts/rabbit-queues.ts'
import { runningNode, runningRequirement, runsUnasked } from './node.ts'
import { hasQuorum, queueList, withoutNode } from './queues.ts'

/** Seconds to wait for members that were restarted: they may be offline again for a moment. */
export const patience = 30

/** How a node is about to stop. */
export interface Stop {
  /** Continue if queues are only unavailable until the node is back. */
  readonly acceptOutage: boolean
  /** Continue at least where waiting does not help: a queue with two members needs both of them. */
  readonly acceptPairs?: boolean
  /** The node leaves its cluster. */
  readonly forGood: boolean
  /** Seconds to wait until mirrors are synchronised. */
  readonly forMirrors: number
}

/**
 * What must be true so that no queue becomes unavailable or is lost when the node stops. A node that is down has no
 * requirements.
 */
export function stopRequirements(state: RabbitQueues | Absent | Unknown, stop: Stop): readonly Requirement[] {
  const found = runningNode(state)
  if (isKnown(state) && !found) return runsUnasked(state) ? [runningRequirement(state)] : []
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
    require('no mirrored queue has its only synchronised mirror on this node', mayGo(unsynced), {
      otherwise: `these mirrored queues have no synchronised mirror on another node: ${queueList(unsynced)}`,
      hint: `wait until they are synchronised, or synchronise them: rabbitmqctl sync_queue NAME${forGood ? '' : '; -e acceptOutage=true continues without them'}`,
      within: forMirrors,
    }),
    forGood
      ? require('no queue has its only copy on this node', mayGo(lost), {
          otherwise: `these queues would be lost with the node: ${queueList(lost)}`,
          hint: 'consume or delete their messages, or move the messages with a policy or a shovel',
        })
      : require('no quorum queue or stream needs this node for its majority', mayGo(outage), {
          otherwise: `without this node these queues would have no majority: ${queueList(outage, majorityWord)}`,
          within: outage.every(isWhole) ? 0 : patience,
          hint: 'a queue with two members needs both, so add a third node (playbooks/add-node.ts); -e acceptOutage=true stops the node in spite of this',
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
