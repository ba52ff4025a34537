import { absent, isKnown, type Absent, type HostRef, type Unknown } from 'haq'
import { hostOf, type NodeName } from '../facts/rabbit-node.ts'

/** The name that a host's node has if the host is called as in the inventory, and nothing sets another one. */
export function usualName({ name }: HostRef): string {
  return `rabbit@${name.split('.')[0] ?? name}`
}

/**
 * The name of a host's node. A host that can't be reached can't say it: its node is then the one that is called like the
 * host in the inventory. Undefined if there is none.
 * @param nodes names of nodes, among which the one of a host that can't be reached is looked for
 */
export function nodeOf(host: HostRef, name: NodeName | Absent | Unknown, nodes: readonly string[]): string | undefined {
  if (!isKnown(name)) return usualName(host)
  if (name !== absent) return name.name
  const names = [host.name, host.name.split('.')[0]]
  return nodes.find(node => names.includes(hostOf(node)))
}
