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
import { clusterHosts } from './parts/cluster-vars.ts'
import { leavePool, poolVars } from './parts/node.ts'

/**
 * Takes a node out of the cluster for good, from any number of nodes down to one, and keeps every message: its queues are
 * led and held by others before it stops. A node that holds the only copy of a queue is refused, and so is the last node.
 *
 *  1. `haq run playbooks/remove-node.ts -i inventory/prod -e node=NAME`
 *  2. `haq run playbooks/teardown.ts -i inventory/prod --limit NAME`, where nothing of the cluster is to stay on it
 *  3. take the host out of the inventory
 *  4. `haq run playbooks/cluster.ts -i inventory/prod`: keepalived and LVS forget it everywhere
 *
 * What the node held stays on its disk, and keeps it from joining again, unless `-e removeData=true`.
 */
export default playbook({
  name: 'Take a node out of the RabbitMQ cluster',
  vars: z.object({
    /** The name of the host that goes. */
    node: z.string(),
    ...poolVars,
    /** Remove what the broker kept on the node: queues, messages and the memory of its cluster. */
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
        hint: 'leave it in the inventory until this playbook is through',
      })
    if (leaving && rest.length === 0)
      throw new PlaybookError(`${name} is the last node of the cluster`, {
        hint: 'playbooks/teardown.ts takes the whole cluster down',
      })
    if (!leaving) return []
    const survivor = rest.slice(0, 1)
    const entry = { address: leaving.address, names: [leaving.name] }
    return [
      play('leave', { hosts: gone, anyErrorsFatal: true, facts: { rabbit } }, (node, { rabbit: broker }) =>
        // A second run finds it stopped.
        isStopped(broker)
          ? []
          : [
              rabbitSync({}),
              verifyRabbitQueues({ within: node.vars.syncSeconds }),
              rabbitCanStop({ forGood: true }),
              ...leavePool(node, roles, 'it leaves the cluster'),
            ],
      ),
      play('move queues', { hosts: survivor, anyErrorsFatal: true }, () => [
        rabbitReplicas({ node: leaving, state: 'absent' }),
      ]),
      play('stop', { hosts: gone, anyErrorsFatal: true }, () => [
        rabbitCanStop({ forGood: true }),
        // After its members are given up: draining stops them, and of two nodes the other one could not go on alone.
        rabbitMaintenance({ state: 'draining' }),
        service({ name: 'keepalived', state: 'stopped', enabled: false }),
        service({ name: 'rabbitmq-server', state: 'stopped', enabled: false }),
      ]),
      play('forget', { hosts: survivor, anyErrorsFatal: true }, () => [rabbitForget({ node: leaving })]),
      play('clean up', { hosts: gone }, ({ vars: { removeData } }) =>
        removeData ? [directory({ path: '/var/lib/rabbitmq/mnesia', state: 'absent', recursive: true })] : [],
      ),
      play('verify', { hosts: rest }, ({ vars: { syncSeconds } }) => [
        hostsFile({ entries: [entry], state: 'absent' }),
        verifyRabbitCluster({ members: rest }),
        verifyRabbitQueues({ within: syncSeconds }),
      ]),
    ]
  },
})

function isStopped(broker: RabbitState | Absent | Unknown): boolean {
  return isKnown(broker) && (broker === null || broker.state === 'stopped')
}
