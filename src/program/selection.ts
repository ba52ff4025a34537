import { availableParallelism, freemem } from 'node:os'
import { UsageError } from '../core/errors.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { matchHosts, strangersIn } from '../inventory/pattern.ts'
import type { CompiledPlaybook } from '../playbook/compile.ts'

/** The hosts that match `--limit`. @throws {UsageError} when it has an unknown name, or no host matches */
export function limitTo(inventory: Inventory, patterns: readonly string[] | undefined): ReadonlySet<string> {
  const pattern = patterns?.join(',')
  const strangers = pattern === undefined ? [] : strangersIn(inventory, pattern)
  if (strangers.length > 0)
    throw new UsageError(`--limit names ${strangers.join(', ')}, which is not a host or a group of the inventory`, {
      hint: `the inventory has: ${[...inventory.groups.keys(), ...inventory.hosts.keys()].join(', ')}`,
    })
  const hosts = pattern === undefined ? [...inventory.hosts.keys()] : matchHosts(inventory, pattern)
  if (hosts.length === 0)
    throw new UsageError(
      pattern === undefined ? `${inventory.source} has no hosts` : `--limit ${pattern} leaves no host`,
      {
        hint: pattern && `the inventory has: ${[...inventory.hosts.keys()].join(', ')}`,
      },
    )
  return new Set(hosts)
}

/** Refuses unknown tags: otherwise a run that does nothing would look like a success. @throws {UsageError} */
export function refuseUnknownTags({ plays }: CompiledPlaybook, tags: readonly string[]): void {
  // The tasks of a play that branches on facts are not known yet, so neither are their tags.
  if (plays.some(({ facts }) => Object.keys(facts).length > 0)) return
  const known = new Set(
    plays.flatMap(play => [...play.tags, ...[...play.known.values()].flat().flatMap(task => task.tags)]),
  )
  const strangers = tags.filter(tag => !known.has(tag))
  if (strangers.length > 0)
    throw new UsageError(`the playbook has no tag ${strangers.join(', ')}`, {
      hint: `it has: ${[...known].join(', ') || 'none'}`,
    })
}

/** Refuses a variable that the playbook does not declare. @throws {UsageError} */
export function refuseUnknownVariables(names: readonly string[], known: readonly string[]): void {
  const strangers = names.filter(name => !known.includes(name))
  if (strangers.length > 0)
    throw new UsageError(`the playbook has no variable ${strangers.join(', ')}`, {
      hint: `it has: ${known.join(', ') || 'none'}`,
    })
}

/**
 * The default number of hosts at a time. An ssh handshake keeps a core busy for only a part of its time, so there may
 * be more hosts than cores. Each ssh process takes some 10 MB.
 */
export function defaultForks(): number {
  const byMemory = Math.floor(freemem() / 2 ** 20 / 20)
  return Math.max(5, Math.min(8 * availableParallelism(), byMemory, 500))
}
