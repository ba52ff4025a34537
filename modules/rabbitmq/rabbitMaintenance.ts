import * as z from 'zod'
import { defineModule, isKnown, predict, sh, unknown } from 'haq'
import { rabbitConditions } from './facts/rabbit-conditions.ts'
import { rabbitQueues } from './facts/rabbit-queues.ts'
import { rabbitmqctl, rabbitmqUpgrade, runningNode, runningRequirement, runsUnasked } from './shared/node.ts'
import { runRabbit } from './shared/reason.ts'

/**
 * `rabbitmq-upgrade revive` restarts only members of queues that currently have a leader on another node. A quorum
 * queue with two members can't elect a leader then, and would stay without one. This expression restarts all members
 * of the node.
 */
const restartMembers = `[rabbit_quorum_queue:restart_server({element(1, amqqueue:get_pid(Q)), node()})
 || Q <- rabbit_amqqueue:list(), amqqueue:get_type(Q) =:= rabbit_quorum_queue,
    lists:member(node(), rabbit_quorum_queue:get_replicas(Q))].`
const revive = sh`${rabbitmqUpgrade} revive
${rabbitmqctl} eval ${restartMembers} >/dev/null`

/**
 * Manages the maintenance mode of a RabbitMQ node. A draining node accepts no clients, closes the connections of its
 * clients, and hands its leaders over to other nodes. A restart of the node ends maintenance mode. A node that is down
 * has nothing to drain.
 *
 * @see rabbitmq-upgrade(8), drain and revive
 *
 * @example
 * ```ts
 * rabbitMaintenance({ state: 'draining' })
 * ```
 */
export const rabbitMaintenance = defineModule({
  name: 'rabbitMaintenance',
  summary: 'Put a RabbitMQ node into maintenance mode, or back into service',
  params: z.object({ state: z.enum(['serving', 'draining']).describe('whether the node accepts clients') }),
  title: ({ state }) => state,
  facts: () => ({ conditions: rabbitConditions }),
  plan: ({ state }, { conditions }) => {
    const node = runningNode(conditions)
    const wanted = state === 'draining'
    if (node?.draining === wanted) return []
    const isDown = isKnown(conditions) && !node && !runsUnasked(conditions)
    if (isDown && wanted) return []
    const [on, off] = [sh`${rabbitmqUpgrade} drain`, revive]
    const change = {
      what: 'maintenance',
      from: node ? (wanted ? 'serving' : 'draining') : 'unknown',
      to: state,
    }
    return [
      runningRequirement(conditions),
      runRabbit({
        change,
        script: wanted ? on : off,
        undo: { change: { ...change, from: change.to, to: change.from }, script: wanted ? off : on },
        predicts: [
          predict(rabbitConditions, node ? { ...node, draining: wanted } : unknown),
          predict(rabbitQueues, unknown),
        ],
      }),
    ]
  },
})
