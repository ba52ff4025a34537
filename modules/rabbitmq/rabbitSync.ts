import * as z from 'zod'
import { defineModule, lines, predict, run, sh, unknown } from 'haq'
import { rabbitQueues, type RabbitQueue } from './facts/rabbit-queues.ts'
import { rabbitmqctl, runningNode, runningRequirement } from './shared/node.ts'
import { queueList } from './shared/queues.ts'

/**
 * Mirrors of classic queues (RabbitMQ 3.x), synchronised. A mirror that comes back holds nothing of what is in its queue;
 * where the policy does not say `ha-sync-mode: automatic` it stays so until the queue is consumed. A queue takes and gives
 * no messages while it is synchronised. Run it on one node of a cluster.
 *
 * @see rabbitmqctl(8), sync_queue
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
      run({
        change: {
          what: 'mirrors',
          from: found ? `unsynchronised: ${queueList(unsynced)}` : 'unknown',
          to: 'synchronised',
        },
        script: lines(...unsynced.map(({ vhost, name }) => sh`${rabbitmqctl} sync_queue -p ${vhost} -- ${name}`)),
        undo: { impossible: 'a mirror cannot forget what is in its queue' },
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
