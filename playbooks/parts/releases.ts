import { isKnown, type Absent, type Unknown } from 'haq'
import { isAtLeast, type RabbitState } from 'haq/modules'

/** The release of a node that is up. */
export function versionOf(broker: RabbitState | Absent | Unknown): string | undefined {
  return isKnown(broker) && broker?.state === 'up' ? broker.version : undefined
}

/** The policies that a cluster has: mirrored queues, which need one, end with RabbitMQ 3.x. */
export function policiesOf(broker: RabbitState | Absent | Unknown): string[] {
  return isAtLeast(versionOf(broker) ?? '', 4) ? [] : ['ha-all']
}
