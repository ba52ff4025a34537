import * as z from 'zod'
import { play, playbook, PlaybookError } from 'haq'
import { rabbitRebalance, rabbitReplicas, verifyRabbitCluster, verifyRabbitNode, verifyRabbitQueues } from 'haq/modules'
import { poolVars } from './parts/node.ts'

/**
 * Gives a node that has just joined its part of the work: a member of every quorum queue, a replica of every stream, and
 * its share of the leaders. Mirrored queues come to it by their policy. From two to any number of nodes:
 *
 *  1. write the host into the group `rabbit` of the inventory
 *  2. `haq run playbooks/cluster.ts -i inventory/prod`: it joins; hosts files, keepalived and LVS follow everywhere
 *  3. `haq run playbooks/add-node.ts -i inventory/prod -e node=NAME`
 */
export default playbook({
  name: 'Give a new node its queues',
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
        hint: 'write it into the inventory, and run playbooks/cluster.ts first',
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
