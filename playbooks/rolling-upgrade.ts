import * as z from 'zod'
import { play, playbook } from 'haq'
import { packages, rabbitFeatureFlags, rabbitRebalance, verifyRabbitCluster, verifyRabbitNode } from 'haq/modules'
import { clusterHosts } from './parts/cluster-vars.ts'
import { startNode, stopNode, stopVars } from './parts/node.ts'

/**
 * Upgrades RabbitMQ to the newest version that the hosts' package lists offer, or to one that is named, node by node as
 * playbooks/rolling-restart.ts restarts them. All feature flags are enabled first, as a newer release may not start
 * without them; from then on there is no way back to an older one.
 *
 *     haq run playbooks/rolling-upgrade.ts -i inventory/prod --check   # which versions are there, which ones would come?
 *     haq run playbooks/rolling-upgrade.ts -i inventory/prod
 *     haq run playbooks/rolling-upgrade.ts -i inventory/prod -e version=3.10.8-1.1
 *
 * Look at https://www.rabbitmq.com/docs/upgrade first: some releases can't follow each other without one in between.
 */
export default playbook({
  name: 'Upgrade RabbitMQ node by node',
  vars: z.object({
    ...stopVars,
    /** The version of the package, as apt or dnf writes it; the newest one when left out. */
    version: z.string().optional(),
  }),
  plays: context => {
    const roles = clusterHosts(context)
    const nodes = roles.brokers
    return [
      play('before', { hosts: nodes.slice(0, 1), anyErrorsFatal: true }, () => [
        verifyRabbitCluster({ members: nodes }),
        rabbitFeatureFlags({}),
      ]),
      play('upgrade', { hosts: nodes, serial: 1, anyErrorsFatal: true }, node => [
        ...stopNode(node, roles, 'upgrade'),
        node.vars.version === undefined
          ? packages({ names: ['rabbitmq-server'], state: 'latest' })
          : packages({ names: [`rabbitmq-server=${node.vars.version}`] }),
        ...startNode(node, roles),
      ]),
      play('after', { hosts: nodes.slice(0, 1) }, () => [rabbitRebalance({}), verifyRabbitNode({ members: nodes })]),
    ]
  },
})
