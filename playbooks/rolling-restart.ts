import * as z from 'zod'
import { play, playbook } from 'haq'
import { poolSwitch, rabbitRebalance } from 'haq/modules'
import { clusterHosts } from './parts/cluster-vars.ts'
import { isLeftOut, reviveNode, startNode, stopNode, stopVars } from './parts/node.ts'

/**
 * Restarts the brokers of the cluster from playbooks/cluster.ts, one after the other. Clients only have to reconnect.
 * Each node leaves the pool, is drained and restarted, waits until its queues are in sync, and returns to the pool.
 * The playbook stops before a node that a queue can't do without, and at the first node that does not come back. The
 * other nodes are not touched then. A node on which a task fails is put back into service, as far as it starts. A node
 * that a run left out when it died is put back by the next run.
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
    const serial = { hosts: nodes, serial: 1, anyErrorsFatal: true }
    return [
      play('take up', { ...serial, facts: { pool: poolSwitch } }, (_, { pool }) =>
        isLeftOut(pool, 'restart') ? reviveNode() : [],
      ),
      play('restart', { ...serial, rescue: reviveNode }, node => [
        ...stopNode(node, roles, 'restart'),
        ...startNode(node, roles),
      ]),
      play('balance', { hosts: nodes.slice(0, 1) }, () => [rabbitRebalance({})]),
    ]
  },
})
