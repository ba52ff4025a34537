import { isKnown, type Absent, type Unknown } from 'haq'
import { isAtLeast, type RabbitState } from 'haq/modules'

/** The RabbitMQ version of a node that is up. */
export function versionOf(broker: RabbitState | Absent | Unknown): string | undefined {
  return isKnown(broker) && broker?.state === 'up' ? broker.version : undefined
}

/** The policies of the cluster. Only RabbitMQ 3.x has mirrored queues, which need a policy. */
export function policiesOf(broker: RabbitState | Absent | Unknown): string[] {
  return isAtLeast(versionOf(broker) ?? '', 4) ? [] : ['ha-all']
}
