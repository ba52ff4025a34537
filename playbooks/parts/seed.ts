import { isKnown, onReachable, type Absent, type Fact, type Group, type Host, type Unknown } from 'haq'
import { rabbit, seedOf, type RabbitState } from 'haq/modules'

/** The nodes of all brokers, as far as their hosts can be reached. */
export function brokersOf(brokers: readonly Host[]): Record<string, Fact<RabbitState | Absent>> {
  return Object.fromEntries(brokers.map(broker => [broker.name, onReachable(broker, rabbit)]))
}

/** The broker whose cluster the others join. On bare hosts it is the first one. */
export function seedAmong<V>(brokers: Group<V>, states: Readonly<Record<string, unknown>>): Host<V> {
  return seedOf([brokers.first, ...brokers.rest], ({ name }) => {
    const state = states[name] as RabbitState | Absent | Unknown
    return isKnown(state) && state?.state === 'up' ? state : undefined
  })
}
