import * as z from 'zod'
import { play, playbook } from 'haq'
import { rabbitRebalance } from 'haq/modules'
import { clusterHosts } from './parts/cluster-vars.ts'
import { startNode, stopNode, stopVars } from './parts/node.ts'

/**
 * Restarts the brokers of the cluster that playbooks/cluster.ts made, one after the other, so that clients notice nothing
 * but a new connection. Each node leaves the pool, is drained, restarted, waited for until its queues are in sync, and put
 * back. It stops before a node that a queue can't do without, and at the first one that does not come back; the others
 * stay as they are.
 *
 *     haq run playbooks/rolling-restart.ts -i inventory/prod
 *     haq run playbooks/rolling-restart.ts -i inventory/prod -e acceptOutage=true   # two nodes with quorum queues
 *
 * Everything is restarted, also by a second run. `--limit NAME` restarts one node.
 */
export default playbook({
  name: 'Restart the brokers one by one',
  vars: z.object(stopVars),
  plays: context => {
    const roles = clusterHosts(context)
    const nodes = roles.brokers
    return [
      play('restart', { hosts: nodes, serial: 1, anyErrorsFatal: true }, node => [
        ...stopNode(node, roles, 'restart'),
        ...startNode(node, roles),
      ]),
      play('balance', { hosts: nodes.slice(0, 1) }, () => [rabbitRebalance({})]),
    ]
  },
})
