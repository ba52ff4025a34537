import * as z from 'zod'
import { isKnown, play, playbook, PlaybookError, type Absent, type Unknown } from 'haq'
import {
  rabbit,
  type RabbitState,
  directory,
  hostsFile,
  rabbitCanStop,
  rabbitForget,
  rabbitMaintenance,
  rabbitReplicas,
  rabbitSync,
  service,
  verifyRabbitCluster,
  verifyRabbitQueues,
} from 'haq/modules'
import { clusterHosts, hostEntries } from './parts/cluster-vars.ts'
import { leavePool, poolVars } from './parts/node.ts'

/**
 * Removes a node from the cluster for good, without losing a message. Works for clusters of any size, down to one
 * remaining node. Other nodes get copies and leaders of the node's queues before the node stops. The playbook refuses
 * a node that has the only copy of a queue, and the last node of the cluster.
 *
 *  1. `haq run playbooks/remove-node.ts -i inventory/prod -e node=NAME`
 *  2. `haq run playbooks/teardown.ts -i inventory/prod --limit NAME`, to remove everything of the cluster from the host
 *  3. remove the host from the inventory
 *  4. `haq run playbooks/cluster.ts -i inventory/prod`: keepalived and LVS are updated on all hosts
 *
 * The data of the node stays on its disk and prevents it from joining again, unless you set `-e removeData=true`.
 */
export default playbook({
  name: 'Remove a node from the RabbitMQ cluster',
  vars: z.object({
    /** The name of the host to remove. */
    node: z.string(),
    ...poolVars,
    /** Delete the broker's data on the node: queues, messages and the list of cluster members. */
    removeData: z.boolean().default(false),
  }),
  plays: context => {
    const roles = clusterHosts(context)
    const nodes = roles.brokers
    const name = nodes[0]?.vars.node
    const gone = nodes.filter(node => node.name === name)
    const rest = nodes.filter(node => node.name !== name)
    const [leaving] = gone
    if (nodes.length > 0 && !leaving)
      throw new PlaybookError(`there is no host ${name} in the group rabbit`, {
        hint: 'keep it in the inventory until this playbook has finished',
      })
    if (leaving && rest.length === 0)
      throw new PlaybookError(`${name} is the last node of the cluster`, {
        hint: 'playbooks/teardown.ts removes the whole cluster',
      })
    if (!leaving) return []
    const survivor = rest.slice(0, 1)
    return [
      play('leave', { hosts: gone, anyErrorsFatal: true, facts: { rabbit } }, (node, { rabbit: broker }) =>
        // A second run finds the broker stopped.
        isStopped(broker)
          ? []
          : [
              verifyRabbitCluster({ members: nodes }),
              rabbitSync({}),
              verifyRabbitQueues({ within: node.vars.syncSeconds }),
              rabbitCanStop({ forGood: true }),
              ...leavePool(node, roles, 'the node leaves the cluster'),
            ],
      ),
      play('move queues', { hosts: survivor, anyErrorsFatal: true }, () => [
        rabbitReplicas({ node: leaving, state: 'absent' }),
      ]),
      play('stop', { hosts: gone, anyErrorsFatal: true }, () => [
        rabbitCanStop({ forGood: true }),
        // Members of queues are removed first: draining stops the members on this node, and the only other member of a
        // queue would have no majority.
        rabbitMaintenance({ state: 'draining' }),
        service({ name: 'keepalived', state: 'stopped', enabled: false }),
        service({ name: 'rabbitmq-server', state: 'stopped', enabled: false }),
      ]),
      play('forget', { hosts: survivor, anyErrorsFatal: true }, () => [rabbitForget({ node: leaving })]),
      play('clean up', { hosts: gone }, ({ vars: { removeData } }) =>
        removeData ? [directory({ path: '/var/lib/rabbitmq/mnesia', state: 'absent', recursive: true })] : [],
      ),
      play('verify', { hosts: rest }, ({ vars: { syncSeconds } }) => [
        hostsFile({ entries: hostEntries(gone), state: 'absent' }),
        verifyRabbitCluster({ members: rest }),
        verifyRabbitQueues({ within: syncSeconds }),
      ]),
    ]
  },
})

function isStopped(broker: RabbitState | Absent | Unknown): boolean {
  return isKnown(broker) && (broker === null || broker.state === 'stopped')
}
