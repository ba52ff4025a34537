import * as z from 'zod'
import { defineModule, lines, predict, sh, unknown } from 'haq'
import { rabbitQueues, type RabbitQueue } from './facts/rabbit-queues.ts'
import { rabbitmqctl, runningNode, runningRequirement } from './shared/node.ts'
import { queueList } from './shared/queues.ts'
import { runRabbit } from './shared/reason.ts'

/**
 * Synchronises the mirrors of classic queues (RabbitMQ 3.x). A returning mirror is empty. Unless the policy sets
 * `ha-sync-mode: automatic`, the mirror stays unsynchronised until the older messages of the queue are consumed. A
 * queue does not accept or deliver messages while it is synchronised. Run this task on one node of a cluster.
 *
 * @see rabbitmqctl(8), sync_queue
 *
 * @example
 * ```ts
 * rabbitSync({})
 * ```
 */
export const rabbitSync = defineModule({
  name: 'rabbitSync',
  summary: 'Synchronise unsynchronised mirrors of classic queues',
  params: z.object({}),
  facts: () => ({ queues: rabbitQueues }),
  plan: (_, { queues: state }) => {
    const found = runningNode(state)
    const unsynced = found?.queues.filter(isUnsynced) ?? []
    if (found && unsynced.length === 0) return []
    return [
      runningRequirement(state),
      runRabbit({
        change: {
          what: 'mirrors',
          from: found ? `unsynchronised: ${queueList(unsynced)}` : 'unknown',
          to: 'synchronised',
        },
        script: lines(...unsynced.map(({ vhost, name }) => sh`${rabbitmqctl} sync_queue -p ${vhost} -- ${name}`)),
        undo: { impossible: "a mirror can't forget its messages" },
        predicts: [
          predict(
            rabbitQueues,
            found
              ? {
                  ...found,
                  queues: found.queues.map(queue => (isUnsynced(queue) ? { ...queue, inSync: queue.members } : queue)),
                }
              : unknown,
          ),
        ],
      }),
    ]
  },
})

function isUnsynced({ type, leader, members, inSync }: RabbitQueue): boolean {
  return type === 'mirrored' && leader !== null && members.some(node => !inSync.includes(node))
}
