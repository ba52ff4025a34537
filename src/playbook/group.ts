import type { HostRef } from '../core/fact.ts'

/** A managed host, as playbooks see it. */
export interface Host<V = Record<string, unknown>> extends HostRef {
  readonly address: string
  readonly groups: readonly string[]
  /** The variables that the playbook declares. */
  readonly vars: V
}

/** The hosts of a group, in the order of the inventory. */
export interface Group<V = Record<string, unknown>> extends ReadonlyArray<Host<V>> {
  readonly name: string
  readonly first: Host<V>
  readonly rest: readonly Host<V>[]
}

/** Makes a group from its hosts. */
export function makeGroup<V>(name: string, hosts: readonly Host<V>[]): Group<V> {
  const [first, ...rest] = hosts
  return Object.assign([...hosts], { name, first: first as Host<V>, rest })
}
