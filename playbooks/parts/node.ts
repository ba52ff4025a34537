import * as z from 'zod'
import { isKnown, type Absent, type FileState, type Host, type Task, type Unknown } from 'haq'
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
  verifyReady,
} from 'haq/modules'
import { balancerVars, type Roles } from './cluster-vars.ts'
import { verifyBalance } from './directors.ts'

/** Variables of playbooks that take nodes out of the pool and put them back. */
export const poolVars = {
  ...balancerVars,
  /**
   * Seconds until external load balancers have noticed that a node is out of the pool: the interval of their checks,
   * times the number of failures they need. For LVS, the table of the kernel is read instead.
   */
  poolSeconds: z.int().min(0).default(10),
  /** Seconds to wait until queues are in sync. */
  syncSeconds: z.int().min(0).default(600),
}

/** Variables of playbooks that stop one node after the other. */
export const stopVars = {
  /** Stop a node even if queues are unavailable until it is back. */
  acceptOutage: z.boolean().default(false),
  ...poolVars,
}

type PoolVars = z.output<z.ZodObject<typeof poolVars>>
type StopVars = z.output<z.ZodObject<typeof stopVars>>

/** Takes a node out of the pool, and waits until no new client is sent to it. */
export function leavePool(node: Host<PoolVars>, roles: Roles, reason: string): readonly Task[] {
  const { lvs, poolSeconds } = node.vars
  const others = roles.servers.filter(({ name }) => name !== node.name)
  return [
    brokerPool({ state: 'out', reason }),
    verifyBrokerHealth({ state: 'out', seconds: lvs ? 0 : poolSeconds }),
    ...verifyBalance(node, roles, others),
  ]
}

/** Why playbooks take a node out of the pool for a moment. */
type Reason = 'restart' | 'upgrade'

/**
 * Takes a healthy node out of service and stops it. Fails before any change if clients would lose service, or if the
 * node could not be started again.
 * @param later what is done while the node is stopped
 */
export function stopNode(
  node: Host<StopVars>,
  roles: Roles,
  reason: Reason,
  later: readonly Task[] = [],
): readonly Task[] {
  return [
    verifyRabbitCluster({ members: roles.brokers }),
    rabbitCanStop({ acceptOutage: node.vars.acceptOutage }),
    verifyReady({ tasks: [...later, service({ name: 'rabbitmq-server', state: 'running' })] }),
    ...leavePool(node, roles, reason),
    rabbitMaintenance({ state: 'draining' }),
    service({ name: 'rabbitmq-server', state: 'stopped' }),
  ]
}

/**
 * Starts a node, waits until it is in sync with the others, puts it back into the pool, and waits until clients are
 * sent to it.
 */
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

/**
 * Brings a node back into service as it is: when a task has failed, and in the next run if a run died. It does not wait
 * for queues.
 */
export function reviveNode(): readonly Task[] {
  return [
    service({ name: 'rabbitmq-server', state: 'running' }),
    rabbitApp({}),
    rabbitMaintenance({ state: 'serving' }),
    brokerPool({ state: 'in' }),
    verifyBrokerHealth({}),
  ]
}

/** Whether a run that died has left a node out of the pool. */
export function isLeftOut(pool: FileState | Absent | Unknown, reason: Reason): boolean {
  return isKnown(pool) && pool !== null && 'content' in pool && pool.content === `${reason}\n`
}
