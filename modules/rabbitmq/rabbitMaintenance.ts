import * as z from 'zod'
import { defineModule, isKnown, predict, run, sh, unknown } from 'haq'
import { rabbitConditions } from './facts/rabbit-conditions.ts'
import { rabbitQueues } from './facts/rabbit-queues.ts'
import { rabbitmqctl, rabbitmqUpgrade, runningNode, runningRequirement } from './shared/node.ts'

/**
 * RabbitMQ revives only members of queues that another node leads by now; where two nodes have a quorum queue none could be
 * elected, and the queue would stay without a leader.
 */
const restartMembers = `[rabbit_quorum_queue:restart_server({element(1, amqqueue:get_pid(Q)), node()})
 || Q <- rabbit_amqqueue:list(), amqqueue:get_type(Q) =:= rabbit_quorum_queue,
    lists:member(node(), rabbit_quorum_queue:get_replicas(Q))].`
const revive = sh`${rabbitmqUpgrade} revive
${rabbitmqctl} eval ${restartMembers} >/dev/null`

/**
 * Maintenance of a RabbitMQ node: while it is draining it takes no clients, those that it had are turned away, and what
 * it led is led by others. It ends with a restart of the node at the latest. A node that is down has nothing to drain.
 *
 * @see rabbitmq-upgrade(8), drain and revive
 */
export const rabbitMaintenance = defineModule({
  name: 'rabbitMaintenance',
  summary: 'Put a RabbitMQ node into maintenance mode, or back into service',
  params: z.object({ state: z.enum(['serving', 'draining']).describe('whether the node takes clients') }),
  title: ({ state }) => state,
  facts: () => ({ conditions: rabbitConditions }),
  plan: ({ state }, { conditions }) => {
    const node = runningNode(conditions)
    const wanted = state === 'draining'
    if (node?.draining === wanted) return []
    const isDown = isKnown(conditions) && (conditions === null || conditions.state !== 'refusing') && !node
    if (isDown && wanted) return []
    const [on, off] = [sh`${rabbitmqUpgrade} drain`, revive]
    const change = {
      what: 'maintenance',
      from: node ? (wanted ? 'serving' : 'draining') : 'unknown',
      to: state,
    }
    return [
      runningRequirement(conditions),
      run({
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
