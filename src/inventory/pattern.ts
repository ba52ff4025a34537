import type { Inventory } from './inventory.ts'

/**
 * The hosts that a pattern names: host and group names or globs, joined by commas or colons; `!` takes hosts out, `&`
 * keeps only those that are also in the group. As Ansible's patterns.
 * @returns names in the order of the inventory
 */
export function matchHosts(inventory: Inventory, pattern: string): readonly string[] {
  const parts = pattern
    .split(/[,:]/)
    .map(part => part.trim())
    .filter(part => part !== '')
  const named = (part: string): Set<string> => {
    const matches = globMatcher(part)
    const groups = [...inventory.groups].filter(([name]) => matches(name)).flatMap(([, hosts]) => hosts)
    return new Set([...groups, ...[...inventory.hosts.keys()].filter(matches)])
  }
  const added = parts.filter(part => !/^[!&]/.test(part)).map(named)
  const kept = parts.filter(part => part.startsWith('&')).map(part => named(part.slice(1)))
  const removed = parts.filter(part => part.startsWith('!')).map(part => named(part.slice(1)))
  return [...inventory.hosts.keys()].filter(
    name =>
      (added.length === 0 || added.some(set => set.has(name))) &&
      kept.every(set => set.has(name)) &&
      !removed.some(set => set.has(name)),
  )
}

function globMatcher(glob: string): (name: string) => boolean {
  const source = glob
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const pattern = new RegExp(`^${source}$`)
  return name => pattern.test(name)
}
