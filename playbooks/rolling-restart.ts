import * as z from 'zod'
import { play, playbook } from 'haq'
import { rabbitRebalance } from 'haq/modules'
import { clusterHosts } from './parts/cluster-vars.ts'
import { startNode, stopNode, stopVars } from './parts/node.ts'

/**
 * Restarts the brokers of the cluster from playbooks/cluster.ts, one after the other. Clients only have to reconnect.
 * Each node leaves the pool, is drained and restarted, waits until its queues are in sync, and returns to the pool.
 * The playbook stops before a node that a queue can't do without, and at the first node that does not come back. The
 * other nodes are not touched then.
 *
 *     haq run playbooks/rolling-restart.ts -i inventory/prod
 *     haq run playbooks/rolling-restart.ts -i inventory/prod -e acceptOutage=true   # two nodes with quorum queues
 *
 * Every run restarts all brokers. `--limit NAME` restarts one node.
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
