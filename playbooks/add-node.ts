import * as z from 'zod'
import { play, playbook, PlaybookError } from 'haq'
import { rabbitRebalance, rabbitReplicas, verifyRabbitCluster, verifyRabbitNode, verifyRabbitQueues } from 'haq/modules'
import { poolVars } from './parts/node.ts'

/**
 * Gives a node that has joined its share of the work. The node becomes a member of every quorum queue, gets a replica
 * of every stream, and leads its share of the queues. Mirrored queues follow their policy. Works for clusters of any
 * size:
 *
 *  1. add the host to the group `rabbit` of the inventory
 *  2. `haq run playbooks/cluster.ts -i inventory/prod`: the node joins, and the other hosts are updated
 *  3. `haq run playbooks/add-node.ts -i inventory/prod -e node=NAME`
 */
export default playbook({
  name: 'Add a new node to all queues',
  vars: z.object({
    /** The name of the new host. */
    node: z.string(),
    syncSeconds: poolVars.syncSeconds,
  }),
  plays: ({ group }) => {
    const nodes = group('rabbit')
    const [first] = nodes
    const added = nodes.find(({ name }) => name === first?.vars.node)
    if (first && !added)
      throw new PlaybookError(`there is no host ${first.vars.node} in the group rabbit`, {
        hint: 'add it to the inventory, and run playbooks/cluster.ts first',
      })
    return [
      play('grow', { hosts: nodes.filter(node => node !== added).slice(0, 1) }, ({ vars }) => [
        verifyRabbitCluster({ members: nodes }),
        ...(added ? [rabbitReplicas({ node: added })] : []),
        verifyRabbitQueues({ within: vars.syncSeconds }),
        rabbitRebalance({}),
        verifyRabbitNode({ members: nodes }),
      ]),
    ]
  },
})
