import * as z from 'zod'
import { defineModule } from 'haq'
import { rabbitQueues } from './facts/rabbit-queues.ts'
import { stopRequirements } from './shared/can-stop.ts'

/**
 * Changes nothing. It fails if clients would lose service when the node of this host stops now, and names the queues:
 * a quorum queue or stream would lose the majority of its members, or a mirrored queue its only synchronised mirror.
 * With `forGood` it fails if a queue would be lost with the node. It then requires no majority, because the members on
 * the node are removed before the node stops. A node that is down can stop.
 *
 * @see rabbitmq-queues(8), check_if_node_is_quorum_critical and check_if_node_is_mirror_sync_critical
 *
 * @example
 * ```ts
 * rabbitCanStop({})
 * ```
 */
export const rabbitCanStop = defineModule({
  name: 'rabbitCanStop',
  summary: 'Fail unless a RabbitMQ node can stop without an outage or loss of a queue',
  params: z.object({
    acceptOutage: z
      .boolean()
      .default(false)
      .describe('continue if queues would only be unavailable until the node is back'),
    forGood: z.boolean().default(false).describe('the node is about to leave its cluster'),
  }),
  facts: () => ({ queues: rabbitQueues }),
  plan: ({ acceptOutage, forGood }, { queues }) => stopRequirements(queues, { acceptOutage, forGood, forMirrors: 0 }),
})
