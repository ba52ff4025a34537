import * as z from 'zod'
import { type Host, type HostRef, type Task } from 'haq'
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

/** How long the playbooks wait that take nodes out and in. */
export const waitVars = {
  /** Seconds until load balancers have noticed that a node is out: how often they ask, times how often they ask again. */
  poolSeconds: z.int().min(0).default(10),
  /** Seconds that queues are given to be in sync. */
  syncSeconds: z.int().min(0).default(600),
}

/** What the playbooks take that stop one node after the other. */
export const stopVars = {
  /** Stop a node in spite of queues that are out of service until it is back. */
  acceptOutage: z.boolean().default(false),
  ...waitVars,
}

type StopVars = z.output<z.ZodObject<typeof stopVars>>

/** Takes a healthy node out of service and stops it; fails before it touches anything where clients would miss something. */
export function stopNode({ vars }: Host<StopVars>, members: readonly HostRef[], reason: string): readonly Task[] {
  return [
    verifyRabbitCluster({ members }),
    rabbitCanStop({ acceptOutage: vars.acceptOutage }),
    brokerPool({ state: 'out', reason }),
    verifyBrokerHealth({ state: 'out', seconds: vars.poolSeconds }),
    rabbitMaintenance({ state: 'draining' }),
    service({ name: 'rabbitmq-server', state: 'stopped' }),
  ]
}

/** Starts a node and puts it back into service, once it is in sync with the others. */
export function startNode({ vars }: Host<StopVars>, members: readonly HostRef[]): readonly Task[] {
  return [
    service({ name: 'rabbitmq-server', state: 'running' }),
    rabbitApp({}),
    verifyRabbitCluster({ members }),
    rabbitSync({}),
    verifyRabbitQueues({ within: vars.syncSeconds }),
    rabbitMaintenance({ state: 'serving' }),
    brokerPool({ state: 'in' }),
    verifyBrokerHealth({}),
  ]
}
