import * as z from 'zod'
import { play, playbook } from 'haq'
import { packages, rabbitFeatureFlags, rabbitRebalance, verifyRabbitCluster, verifyRabbitNode } from 'haq/modules'
import { clusterHosts } from './parts/cluster-vars.ts'
import { startNode, stopNode, stopVars } from './parts/node.ts'

/**
 * Upgrades RabbitMQ to the newest version in the package lists of the hosts, or to a given version. The nodes are
 * restarted one after the other, as in playbooks/rolling-restart.ts. All feature flags are enabled first, because a
 * newer release may not start without them. Afterwards a downgrade is impossible.
 *
 *     haq run playbooks/rolling-upgrade.ts -i inventory/prod --check   # shows the installed and the new versions
 *     haq run playbooks/rolling-upgrade.ts -i inventory/prod
 *     haq run playbooks/rolling-upgrade.ts -i inventory/prod -e version=3.10.8-1.1
 *
 * Read https://www.rabbitmq.com/docs/upgrade first: some upgrades need an intermediate release.
 */
export default playbook({
  name: 'Upgrade RabbitMQ node by node',
  vars: z.object({
    ...stopVars,
    /** The version of the package, in the notation of apt or dnf. Left out, the newest version. */
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
