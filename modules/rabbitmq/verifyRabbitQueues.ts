import * as z from 'zod'
import { defineModule, isKnown, require, unknown, type Requirement } from 'haq'
import { rabbitQueues, type RabbitQueue } from './facts/rabbit-queues.ts'
import { runningNode, runningRequirement } from './shared/node.ts'
import { hasQuorum, queueList } from './shared/queues.ts'

/**
 * Changes nothing. It fails unless every queue of the cluster has a leader on a running node, every mirrored queue has
 * all its mirrors and they are synchronised, and all members of every quorum queue and stream are online. It names the
 * queues that fail.
 *
 * @see rabbitmqctl(8), list_queues
 *
 * @example
 * ```ts
 * verifyRabbitQueues({ within: 60 })
 * ```
 */
export const verifyRabbitQueues = defineModule({
  name: 'verifyRabbitQueues',
  summary: 'Fail unless all queues have a leader and all replicas are in sync',
  params: z.object({
    within: z.int().min(0).max(86_400).default(30).describe('seconds to wait until all of this is true'),
  }),
  facts: () => ({ queues: rabbitQueues }),
  plan: ({ within }, { queues: state }) => {
    const found = runningNode(state)
    const running = { ...runningRequirement(state), within }
    // If the broker is not running, nothing else can be checked.
    if (isKnown(state) && !found) return [running]
    const all = found?.queues ?? []
    const headless = all.filter(({ leader }) => leader === null)
    const led = all.filter(({ leader }) => leader !== null)
    const unsynced = led.filter(queue => queue.type === 'mirrored' && absentees(queue).length > 0)
    const offline = led.filter(queue => hasQuorum(queue) && absentees(queue).length > 0)
    const none = (that: string, queues: readonly RabbitQueue[], otherwise: string): Requirement =>
      require(that, found ? queues.length === 0 : unknown, {
        otherwise: `${otherwise}: ${queueList(queues, onWord)}`,
        within,
      })
    return [
      running,
      none('every queue has a leader', headless, 'no node leads these queues'),
      none('every mirror is synchronised', unsynced, 'some mirrors are missing or not synchronised'),
      none('every member of every quorum queue and stream is online', offline, 'some members are offline'),
    ]
  },
})

/** The nodes on which a copy of the queue is missing or incomplete. */
function absentees({ members, inSync, missing }: RabbitQueue): readonly string[] {
  return [...members.filter(member => !inSync.includes(member)), ...missing].toSorted()
}

function onWord(queue: RabbitQueue): string {
  return ` (${absentees(queue).join(', ')})`
}
