import * as z from 'zod'
import type { Host, Task } from 'haq'
import {
  brokerPool,
  rabbitApp,
  rabbitCanStop,
  rabbitMaintenance,
  rabbitSync,
  service,
  verifyBrokerHealth,
  verifyRabbitCluster,
  verifyRabbitQueues,
} from 'haq/modules'
import { balancerVars, type Roles } from './cluster-vars.ts'
import { verifyBalance } from './directors.ts'

/** What the playbooks take that take nodes out and in. */
export const poolVars = {
  ...balancerVars,
  /**
   * Seconds until load balancers that can't be read have noticed that a node is out: how often they ask, times how often
   * they ask again. The table of LVS is read instead.
   */
  poolSeconds: z.int().min(0).default(10),
  /** Seconds that queues are given to be in sync. */
  syncSeconds: z.int().min(0).default(600),
}

/** What the playbooks take that stop one node after the other. */
export const stopVars = {
  /** Stop a node in spite of queues that are out of service until it is back. */
  acceptOutage: z.boolean().default(false),
  ...poolVars,
}

type PoolVars = z.output<z.ZodObject<typeof poolVars>>
type StopVars = z.output<z.ZodObject<typeof stopVars>>

/** Keeps new clients from a node, and waits until none is led there any more. */
export function leavePool(node: Host<PoolVars>, roles: Roles, reason: string): readonly Task[] {
  const { lvs, poolSeconds } = node.vars
  const others = roles.servers.filter(({ name }) => name !== node.name)
  return [
    brokerPool({ state: 'out', reason }),
    verifyBrokerHealth({ state: 'out', seconds: lvs ? 0 : poolSeconds }),
    ...verifyBalance(node, roles, others),
  ]
}

/** Takes a healthy node out of service and stops it; fails before it touches anything where clients would miss something. */
export function stopNode(node: Host<StopVars>, roles: Roles, reason: string): readonly Task[] {
  return [
    verifyRabbitCluster({ members: roles.brokers }),
    rabbitCanStop({ acceptOutage: node.vars.acceptOutage }),
    ...leavePool(node, roles, reason),
    rabbitMaintenance({ state: 'draining' }),
    service({ name: 'rabbitmq-server', state: 'stopped' }),
  ]
}

/** Starts a node and puts it back into service, once it is in sync with the others, until clients are led there again. */
export function startNode(node: Host<StopVars>, roles: Roles): readonly Task[] {
  return [
    service({ name: 'rabbitmq-server', state: 'running' }),
    rabbitApp({}),
    verifyRabbitCluster({ members: roles.brokers }),
    rabbitSync({}),
    verifyRabbitQueues({ within: node.vars.syncSeconds }),
    rabbitMaintenance({ state: 'serving' }),
    brokerPool({ state: 'in' }),
    verifyBrokerHealth({}),
    ...verifyBalance(node, roles, roles.servers),
  ]
}
