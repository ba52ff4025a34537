import { availableParallelism, freemem } from 'node:os'
import { UsageError } from '../core/errors.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { matchHosts, strangersIn } from '../inventory/pattern.ts'
import type { CompiledPlaybook } from '../playbook/compile.ts'
import type { ReportOptions } from '../report/reporter.ts'

/** What of the details a command line asks for. */
export interface DetailFlags {
  readonly diff?: boolean
  /** How many times `-v` was given. */
  readonly verbose?: number
}

export function reportOptions({ diff = false, verbose = 0 }: DetailFlags, check: boolean): ReportOptions {
  return { check, diff, verbosity: verbose }
}

/** How many hosts at a time. @throws {UsageError} unless it is a whole number from 1 to 1000 */
export function parseForks(text: string): number {
  const forks = Number(text)
  if (Number.isInteger(forks) && forks >= 1 && forks <= 1000) return forks
  throw new UsageError(`--forks takes a whole number from 1 to 1000, not ${text}`)
}

/**
 * How many hosts at a time when nobody says: a handshake keeps a core busy for a part of its time and waits for the
 * network for the rest; and each host takes an ssh of some 10 MB.
 */
export function usualForks(): number {
  const byMemory = Math.floor(freemem() / 2 ** 20 / 20)
  return Math.max(5, Math.min(8 * availableParallelism(), byMemory, 500))
}

/** Seconds that an option takes. @throws {UsageError} unless it is a number from 0 to 86400 */
export function parseSeconds(option: string, text: string): number {
  const seconds = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && seconds <= 86_400) return seconds
  throw new UsageError(`${option} takes seconds from 0 to 86400, not ${text}`)
}

/** The variables of `-e`. @throws {UsageError} for one that is not key=value, or that the playbook does not declare */
export function parseExtraVars(given: readonly string[], known: readonly string[]): ReadonlyMap<string, string> {
  const extra = given.map(text => {
    const at = text.indexOf('=')
    if (at < 1) throw new UsageError(`-e takes key=value, not ${text}`)
    return [text.slice(0, at), text.slice(at + 1)] as const
  })
  const strangers = extra.map(([name]) => name).filter(name => !known.includes(name))
  if (strangers.length > 0)
    throw new UsageError(`the playbook has no variable ${strangers.join(', ')}`, {
      hint: `it has: ${known.join(', ') || 'none'}`,
    })
  return new Map(extra)
}

/** The hosts that `--limit` leaves. @throws {UsageError} when it names what is not there, or leaves none */
export function limitTo(inventory: Inventory, patterns: readonly string[] | undefined): ReadonlySet<string> {
  const pattern = patterns?.join(',')
  const strangers = pattern === undefined ? [] : strangersIn(inventory, pattern)
  if (strangers.length > 0)
    throw new UsageError(`--limit names ${strangers.join(', ')}, which is no host and no group of the inventory`, {
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

/** Refuses a tag that nothing has, as a run of nothing would look like one that went well. @throws {UsageError} */
export function refuseUnknownTags({ plays }: CompiledPlaybook, tags: readonly string[]): void {
  // What a play that branches on facts will do is not known yet.
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
