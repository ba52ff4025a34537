import * as z from 'zod'
import {
  defineModule,
  predict,
  presence,
  rabbit,
  run,
  sh,
  unknown,
  type RabbitNode,
  type RabbitState,
  type Step,
} from 'haq'
import { hasVhost, rabbitmqctl, rabbitName, runningNode, runningRequirement } from './rabbit/node.ts'

/**
 * A RabbitMQ vhost. A cluster shares its vhosts: one that is added on a node is seen on every other one.
 *
 * @see rabbitmqctl(8), add_vhost and delete_vhost
 */
export const rabbitVhost = defineModule({
  name: 'rabbitVhost',
  summary: 'Hold a RabbitMQ vhost; removing one removes the queues and messages in it',
  params: z.object({ name: rabbitName.describe('the name of the vhost'), state: presence }),
  title: ({ name }) => name,
  facts: () => ({ rabbit }),
  plan: ({ name, state }, { rabbit: current }) => {
    const node = runningNode(current)
    const isThere = node && hasVhost(node, name)
    const isDone = isThere === (state === 'present')
    return [
      runningRequirement(current),
      ...(isDone ? [] : [state === 'present' ? add(name, node) : remove(name, node)]),
    ]
  },
})

function add(name: string, node: RabbitNode | undefined): Step {
  const change = { what: `vhost ${name}`, from: node ? 'absent' : 'unknown', to: 'present' }
  return run({
    change,
    script: sh`${rabbitmqctl} add_vhost -- ${name}`,
    undo: { change: { ...change, from: 'present', to: 'absent' }, script: sh`${rabbitmqctl} delete_vhost -- ${name}` },
    predicts: [
      predict(
        rabbit,
        node
          ? { state: 'up', ...node, vhosts: [...node.vhosts, { name, defaultQueueType: null, limits: {} }] }
          : unknown,
      ),
    ],
  })
}

function remove(name: string, node: RabbitNode | undefined): Step {
  return run({
    change: { what: `vhost ${name}`, from: node ? 'present' : 'unknown', to: 'absent' },
    script: sh`${rabbitmqctl} delete_vhost -- ${name}`,
    undo: { impossible: `the queues and messages of vhost ${name} are gone with it` },
    predicts: [predict(rabbit, node ? withoutVhost(name, node) : unknown)],
  })
}

/** What belongs to a vhost goes with it. */
function withoutVhost(name: string, node: RabbitNode): RabbitState {
  return {
    state: 'up',
    ...node,
    vhosts: node.vhosts.filter(vhost => vhost.name !== name),
    permissions: node.permissions.filter(({ vhost }) => vhost !== name),
    policies: node.policies.filter(({ vhost }) => vhost !== name),
    operatorPolicies: node.operatorPolicies.filter(({ vhost }) => vhost !== name),
  }
}
