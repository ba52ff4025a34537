import * as z from 'zod'
import { play, playbook, requirementsOf, type Task } from 'haq'
import {
  packages,
  packagesCanChange,
  poolSwitch,
  rabbitFeatureFlags,
  rabbitRebalance,
  verifyRabbitCluster,
  verifyRabbitNode,
} from 'haq/modules'
import { clusterHosts } from './parts/cluster-vars.ts'
import { isLeftOut, reviveNode, startNode, stopNode, stopVars } from './parts/node.ts'

/**
 * Upgrades RabbitMQ to the newest version in the package lists of the hosts, or to a given version. The nodes are
 * restarted one after the other, as in playbooks/rolling-restart.ts. All feature flags are enabled first, because a
 * newer release may not start without them. Afterwards a downgrade is impossible.
 *
 * What stands in the way of the upgrade, such as a package on hold, is found before the node is stopped. A node that has
 * the version already stays in service. A node on which a task fails is put back into service, as far as it starts, and
 * the next run goes on from there.
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
      ...nodes.map(node => {
        const upgrade = upgradeOf(node.vars.version)
        return play(
          `take up ${node.name}`,
          { hosts: [node], anyErrorsFatal: true, facts: { ...upgrade.facts, pool: poolSwitch } },
          (_, { pool, ...values }) =>
            isLeftOut(pool, 'upgrade') ? [...(isReady(upgrade, values) ? [upgrade] : []), ...reviveNode()] : [],
        )
      }),
      // What can't be upgraded, such as a package on hold, is said before any node is stopped.
      play('packages', { hosts: nodes, anyErrorsFatal: true }, ({ vars: { version } }) => [
        packagesCanChange(wanted(version)),
      ]),
      play('before', { hosts: nodes.slice(0, 1), anyErrorsFatal: true }, () => [
        verifyRabbitCluster({ members: nodes }),
        rabbitFeatureFlags({}),
      ]),
      ...nodes.map(node => {
        const upgrade = upgradeOf(node.vars.version)
        const { facts } = upgrade
        return play(
          `upgrade ${node.name}`,
          { hosts: [node], anyErrorsFatal: true, facts, rescue: reviveNode },
          // A node that has the version already is not stopped.
          (_, values) =>
            upgrade.plan(values).length === 0
              ? []
              : [...stopNode(node, roles, 'upgrade', [upgrade]), upgrade, ...startNode(node, roles)],
        )
      }),
      play('after', { hosts: nodes.slice(0, 1) }, () => [rabbitRebalance({}), verifyRabbitNode({ members: nodes })]),
    ]
  },
})

function wanted(version: string | undefined) {
  return version === undefined
    ? { names: ['rabbitmq-server'], state: 'latest' as const }
    : { names: [`rabbitmq-server=${version}`] }
}

function upgradeOf(version: string | undefined): Task {
  return packages(wanted(version))
}

/** Whether nothing that can be known stands in the way of a task. */
function isReady(task: Task, values: Readonly<Record<string, unknown>>): boolean {
  return requirementsOf(task.plan(values)).every(({ met }) => met === true)
}
