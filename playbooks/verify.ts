import * as z from 'zod'
import { play, playbook } from 'haq'
import {
  rabbit,
  loopbackVip,
  restartOnFailure,
  service,
  sysctlArp,
  sysctlLvs,
  verifyAll,
  verifyArp,
  verifyBrokerHealth,
  verifyRabbitCluster,
  verifyRabbitNode,
  verifyRabbitQueues,
} from 'haq/modules'
import { balancerVars, clusterHosts, clusterVars } from './parts/cluster-vars.ts'
import { guardOf, verifyDirectors } from './parts/directors.ts'
import { policiesOf } from './parts/releases.ts'

/**
 * Checks the cluster from playbooks/cluster.ts without changing anything. The exit status is 0, or 2 with a list of
 * everything that is wrong, for each host as that host sees it.
 *
 *     haq run playbooks/verify.ts -i inventory/prod
 *
 * It checks: members, partitions, versions, alarms, maintenance mode, vhost and policy; leaders and copies of all
 * queues; one Erlang cookie (compared by digest); services that start at boot; the answers of the health checks; the
 * virtual IP on exactly one director, which alone answers ARP for it; a broker that answers on the virtual IP; LVS
 * over exactly the real servers.
 */
export default playbook({
  name: 'Verify the RabbitMQ cluster',
  vars: clusterVars.pick({ vhost: true }).extend({
    ...balancerVars,
    /** Seconds to wait until all checks pass, for instance after a change. */
    within: z.int().min(0).default(0),
  }),
  plays: context => {
    const roles = clusterHosts(context)
    const { brokers, servers, directors } = roles
    return [
      play('brokers', { hosts: brokers, facts: { rabbit } }, (node, { rabbit: broker }) => {
        const { vip, interface: dev, vhost, within } = node.vars
        return [
          verifyAll({
            tasks: [
              ...(servers.includes(node) ? [sysctlArp({ interfaces: [dev] }), loopbackVip({ vip })] : []),
              verifyRabbitCluster({ members: brokers, vhosts: [vhost], policies: policiesOf(broker) }),
              verifyRabbitNode({ members: brokers }),
              verifyRabbitQueues({}),
              verifyBrokerHealth({}),
            ],
            within,
          }),
        ]
      }),
      play('directors', { hosts: directors }, node => [
        verifyAll({
          tasks: [
            service({ name: 'keepalived', state: 'running', enabled: true }),
            restartOnFailure({ service: 'keepalived' }),
            ...(node.vars.lvs ? [sysctlLvs({ backupOnly: guardOf(node, roles) === 'backup-only' })] : []),
            ...verifyDirectors(node, roles),
            verifyArp({ vip: node.vars.vip, interface: node.vars.interface, hosts: directors }),
          ],
          within: node.vars.within,
        }),
      ]),
    ]
  },
})
