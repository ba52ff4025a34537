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
 * Only reads: is the cluster that playbooks/cluster.ts made as it ought to be? It exits with 0, or with 2 and all that is
 * wrong, host by host as each of them sees it.
 *
 *     haq run playbooks/verify.ts -i inventory/prod
 *
 * Members, partitions, versions, alarms, maintenance, vhost and policy; leaders and copies of all queues; one Erlang cookie
 * (compared by digest); what starts at boot; what load balancers are told; the virtual IP on exactly one director, with a
 * broker that answers on it, and ARP for it answered by that director alone; LVS over exactly the real servers.
 */
export default playbook({
  name: 'Verify the RabbitMQ cluster',
  vars: clusterVars.pick({ vhost: true }).extend({
    ...balancerVars,
    /** Seconds to wait for all of it, such as after a change. */
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
