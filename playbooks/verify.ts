import * as z from 'zod'
import { isAtLeast, isKnown, play, playbook, rabbit } from 'haq'
import {
  verifyAll,
  verifyBrokerHealth,
  verifyRabbitCluster,
  verifyRabbitNode,
  verifyRabbitQueues,
  verifyVip,
} from 'haq/modules'

/**
 * Only reads: is the cluster that playbooks/cluster.ts made as it ought to be? It exits with 0, or with 2 and all that is
 * wrong, host by host as each of them sees it.
 *
 *     haq run playbooks/verify.ts -i inventory/prod
 *
 * Members, partitions, versions, alarms, maintenance, vhost and policy; leaders and copies of all queues; one Erlang cookie
 * (compared by digest); RabbitMQ at boot; what load balancers are told; the virtual IP on exactly one node, with a broker
 * that answers on it.
 */
export default playbook({
  name: 'Verify the RabbitMQ cluster',
  vars: z.object({
    vip: z.ipv4({ error: 'takes an IPv4 address' }),
    interface: z.string(),
    vhost: z.string().default('cluster'),
    /** Seconds to wait for all of it, such as after a change. */
    within: z.int().min(0).default(0),
  }),
  plays: ({ group }) => {
    const nodes = group('rabbit')
    return [
      play('verify', { hosts: nodes, facts: { rabbit } }, ({ vars }, { rabbit: broker }) => {
        const { vip, interface: dev, vhost, within } = vars
        const version = isKnown(broker) && broker?.state === 'up' ? broker.version : ''
        // Mirrored queues, and the policy for them, end with RabbitMQ 3.x.
        const policies = isAtLeast(version, 4) ? [] : ['ha-all']
        return [
          verifyAll({
            tasks: [
              verifyRabbitCluster({ members: nodes, vhosts: [vhost], policies }),
              verifyRabbitNode({ members: nodes }),
              verifyRabbitQueues({}),
              verifyBrokerHealth({}),
              verifyVip({ vip, interface: dev, hosts: nodes }),
            ],
            within,
          }),
        ]
      }),
    ]
  },
})
