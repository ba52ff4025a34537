import type { HostRef } from '../core/fact.ts'
import type { Problem } from '../core/errors.ts'
import type { Reach } from '../transport/reach.ts'
import type { GroupDefinition, HostDefinition, InventoryDefinition } from './definition.ts'

/** A variable's value and its place in the inventory. */
export interface Variable {
  readonly value: unknown
  /** Path in the inventory, or `-e`. */
  readonly path: string
}

/** A managed host with the settings and variables of all its levels. */
export interface InventoryHost extends HostRef {
  readonly address: string
  readonly groups: readonly string[]
  readonly reach: Reach
  readonly variables: ReadonlyMap<string, Variable>
}

/** The hosts and groups of an inventory file. */
export interface Inventory {
  /** The file, for error messages. */
  readonly source: string
  readonly hosts: ReadonlyMap<string, InventoryHost>
  readonly groups: ReadonlyMap<string, readonly string[]>
  /** The problems in the file. A run reports them together with the problems of the variables. */
  readonly problems: readonly Problem[]
}

interface Level {
  readonly path: string
  /** The depth of the level: 0 for the whole inventory, then one more for each group; a host is deepest. */
  readonly depth: number
  readonly definition: Pick<GroupDefinition, 'vars' | 'user' | 'port' | 'connection' | 'become'> & {
    exec?: string[] | undefined
  }
}

const reachKeys = ['user', 'port', 'connection', 'become', 'exec'] as const

/**
 * Flattens a definition: every host gets the variables of its levels (all, parent group, group, host). Variables of a
 * deeper level win. A host may be in several groups; among groups of the same depth, the last one in the file wins.
 */
export function flatten(source: string, definition: InventoryDefinition, problems: readonly Problem[]): Inventory {
  const levels = new Map<string, Level[]>()
  const groupHosts = new Map<string, Set<string>>([['all', new Set()]])
  const hostGroups = new Map<string, string[]>()

  const addHosts = (
    hosts: Record<string, HostDefinition | null> | undefined,
    path: string,
    above: readonly Level[],
    groups: readonly string[],
  ): void => {
    for (const [name, host] of Object.entries(hosts ?? {})) {
      const known = levels.get(name) ?? []
      const own = { path: `${path}hosts.${name}`, depth: Infinity, definition: host ?? {} }
      levels.set(name, [...known, ...above.filter(level => !known.includes(level)), own])
      hostGroups.set(name, [...new Set([...(hostGroups.get(name) ?? []), ...groups])])
      for (const group of ['all', ...groups]) groupHosts.get(group)?.add(name)
    }
  }

  const addGroup = (
    name: string,
    group: GroupDefinition,
    path: string,
    above: readonly Level[],
    groups: readonly string[],
  ): void => {
    const here = [...above, { path: path.slice(0, -1), depth: above.length, definition: group }]
    const names = [...groups, name]
    if (!groupHosts.has(name)) groupHosts.set(name, new Set())
    addHosts(group.hosts, path, here, names)
    for (const [child, childGroup] of Object.entries(group.children ?? {}))
      addGroup(child, childGroup, `${path}children.${child}.`, here, names)
  }

  const all: Level = { path: '', depth: 0, definition }
  addHosts(definition.hosts, '', [all], [])
  for (const [name, group] of Object.entries(definition.groups ?? {}))
    addGroup(name, group, `groups.${name}.`, [all], [])

  const hosts = new Map<string, InventoryHost>()
  for (const [name, hostLevels] of levels) {
    const ordered = nearestLast(hostLevels)
    const address = addressOf(ordered) ?? name
    hosts.set(name, {
      name,
      address,
      groups: hostGroups.get(name) ?? [],
      reach: reachOf(address, ordered),
      variables: variablesOf(ordered),
    })
  }
  return { source, hosts, groups: new Map([...groupHosts].map(([name, set]) => [name, [...set]])), problems }
}

/** Sorts levels by depth. Levels of the same depth keep the order of the file. */
function nearestLast(levels: readonly Level[]): readonly Level[] {
  return levels.toSorted((a, b) => (a.depth === b.depth ? 0 : a.depth - b.depth))
}

function addressOf(levels: readonly Level[]): string | undefined {
  return levels.map(level => (level.definition as HostDefinition).address).findLast(address => address !== undefined)
}

function reachOf(address: string, levels: readonly Level[]): Reach {
  const settings = Object.fromEntries(
    reachKeys.map(key => [key, levels.map(level => level.definition[key]).findLast(value => value !== undefined)]),
  ) as Pick<Reach, 'user' | 'port' | 'become' | 'exec'> & { connection?: Reach['connection'] }
  return { ...settings, address, connection: settings.connection ?? 'ssh' }
}

function variablesOf(levels: readonly Level[]): ReadonlyMap<string, Variable> {
  const variables = new Map<string, Variable>()
  for (const { path, definition } of levels)
    for (const [name, value] of Object.entries(definition.vars ?? {}))
      variables.set(name, { value, path: `${path}${path && '.'}vars.${name}` })
  return variables
}
