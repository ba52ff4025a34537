import * as z from 'zod'
import { play, playbook } from 'haq'
import {
  packages,
  packagesCanChange,
  rabbitFeatureFlags,
  rabbitRebalance,
  verifyRabbitCluster,
  verifyRabbitNode,
} from 'haq/modules'
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
    const wanted = (version: string | undefined) => ({
      names: [version === undefined ? 'rabbitmq-server' : `rabbitmq-server=${version}`],
      state: version === undefined ? ('latest' as const) : ('present' as const),
    })
    return [
      // What can't be upgraded, such as a package on hold, is said before any node is stopped.
      play('packages', { hosts: nodes, anyErrorsFatal: true }, ({ vars: { version } }) => [
        packagesCanChange(wanted(version)),
      ]),
      play('before', { hosts: nodes.slice(0, 1), anyErrorsFatal: true }, () => [
        verifyRabbitCluster({ members: nodes }),
        rabbitFeatureFlags({}),
      ]),
      play('upgrade', { hosts: nodes, serial: 1, anyErrorsFatal: true }, node => [
        ...stopNode(node, roles, 'upgrade'),
        packages(wanted(node.vars.version)),
        ...startNode(node, roles),
      ]),
      play('after', { hosts: nodes.slice(0, 1) }, () => [rabbitRebalance({}), verifyRabbitNode({ members: nodes })]),
    ]
  },
})
