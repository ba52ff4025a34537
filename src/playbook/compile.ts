import { HaqError, InventoryError, ParamsError, PlaybookError, type Problem } from '../core/errors.ts'
import type { Task } from '../core/task.ts'
import { uniqueVariables, type CheckedVariables } from '../inventory/variables.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { makeGroup, type Group, type Host } from './group.ts'
import { inWords, taskProblems } from './mistakes.ts'
import { isPlay, type Play, type Playbook } from './playbook.ts'

/** A playbook compiled for an inventory: its plays, and all tasks that are known before a host is read. */
export interface CompiledPlaybook {
  readonly name: string
  readonly plays: readonly CompiledPlay[]
}

export interface CompiledPlay extends Play {
  /** The tasks of each host; empty for a play that branches on facts. */
  readonly known: ReadonlyMap<string, readonly Task[]>
  /** By host: what brings it back into service when one of those has failed. */
  readonly knownRescue: ReadonlyMap<string, readonly Task[]>
}

/**
 * Compiles a playbook for an inventory and checks everything that can be checked before a host is touched.
 * @throws {InventoryError} with all problems of the inventory and its variables
 * @throws {ParamsError} with all problems in the parameters of the tasks
 * @throws {PlaybookError} when the playbook's code throws
 */
export function compilePlaybook(
  playbook: Playbook,
  playbookSource: string,
  inventory: Inventory,
  variables: ReadonlyMap<string, CheckedVariables>,
): CompiledPlaybook {
  const problems: Problem[] = [...inventory.problems]
  const said = { isOver: false }
  const group = groupFinder(playbook, inventory, variables, problem => {
    // A play that branches on facts asks for groups in the middle of a run.
    if (said.isOver) throw new InventoryError('the inventory is refused', [problem])
    problems.push(problem)
  })
  const refuseInventory = (): void => {
    if (problems.length > 0) throw new InventoryError('the inventory is refused; no host was touched', merge(problems))
  }

  let plays: readonly Play[]
  try {
    const findGroup = (name: string): Group | undefined => (inventory.groups.has(name) ? group(name) : undefined)
    plays = playsOf(playbook, { group, findGroup }, playbookSource)
  } catch (cause) {
    // Where a variable is wrong the playbook may stumble over it; the variable is what the operator must hear of.
    refuseInventory()
    throw playbookError(playbookSource, cause)
  }
  refuseInventory()
  const stumbled: HaqError[] = []
  const compiled = plays.map(play => compilePlay(play, playbookSource, stumbled))
  // Tasks may ask for groups, too.
  refuseInventory()
  refuse(compiled, stumbled, playbookSource)
  said.isOver = true
  return { name: playbook.name, plays: compiled }
}

/** @throws {PlaybookError} when the playbook, in JavaScript, gives something else than plays */
function playsOf(playbook: Playbook, context: Parameters<Playbook['plays']>[0], source: string): readonly Play[] {
  const plays: unknown = playbook.plays(context)
  if (!Array.isArray(plays)) throw new PlaybookError(`${source}: plays gives no list of plays, but ${inWords(plays)}`)
  const strangers = plays.flatMap((play, i) => (isPlay(play) ? [] : [`plays[${i}] is no play, but ${inWords(play)}`]))
  if (strangers.length > 0) throw new PlaybookError(`${source}: ${strangers.join('; ')}`, { path: source })
  return plays as readonly Play[]
}

function groupFinder(
  playbook: Playbook,
  inventory: Inventory,
  variables: ReadonlyMap<string, CheckedVariables>,
  say: (problem: Problem) => void,
): (name: string) => Group {
  const unique = uniqueVariables(playbook.vars)
  const hosts = new Map<string, Host>()
  const hostOf = (name: string): Host => {
    const known = hosts.get(name)
    if (known) return known
    const { address = name, groups = [] } = inventory.hosts.get(name) ?? {}
    const checked = variables.get(name)
    checked?.problems.forEach(say)
    const host = Object.freeze({ name, address, groups, vars: checked?.values ?? {} })
    hosts.set(name, host)
    return host
  }
  return name => {
    const names = inventory.groups.get(name)
    if (!names || names.length === 0) {
      // The group has a problem that is reported already; the wrong part was removed, so hosts may be missing.
      if (inventory.problems.some(({ path }) => path === 'groups' || `${path}.`.startsWith(`groups.${name}.`)))
        return makeGroup(name, [])
      const message = names ? 'has no hosts' : `is missing; the playbook ${playbook.name} runs on it`
      say({ source: inventory.source, path: `groups.${name}`, message })
      return makeGroup(name, [])
    }
    const members = names.map(hostOf)
    for (const variable of unique) sharedValues(inventory, members, variable).forEach(say)
    return makeGroup(name, members)
  }
}

function sharedValues(inventory: Inventory, hosts: readonly Host[], variable: string): readonly Problem[] {
  const byValue = new Map<unknown, readonly Host[]>()
  for (const host of hosts) {
    const value = host.vars[variable]
    if (value !== undefined) byValue.set(value, [...(byValue.get(value) ?? []), host])
  }
  return [...byValue]
    .filter(([, sharing]) => sharing.length > 1)
    .map(([value, sharing]) => ({
      source: inventory.source,
      path: inventory.hosts.get(sharing.at(-1)?.name ?? '')?.variables.get(variable)?.path ?? `vars.${variable}`,
      message: `${variable} ${String(value)} is shared by ${sharing.map(host => host.name).join(' and ')}; each host needs its own`,
    }))
}

/** @param stumbled gets what the tasks' own code throws */
function compilePlay(play: Play, source: string, stumbled: HaqError[]): CompiledPlay {
  const branches = Object.keys(play.facts).length > 0
  // A host in two groups of the play runs the play once.
  const hosts = [...new Map(play.hosts.map(host => [host.name, host])).values()]
  try {
    const byHost = (make: Play['tasks']): ReadonlyMap<string, readonly Task[]> =>
      new Map(branches ? [] : hosts.map(host => [host.name, tasksOf(play, make, host, {}, source)] as const))
    return { ...play, hosts, known: byHost(play.tasks), knownRescue: byHost(play.rescue) }
  } catch (cause) {
    stumbled.push(playbookError(source, cause, `play ${play.name}: `))
    return { ...play, hosts, known: new Map(), knownRescue: new Map() }
  }
}

/** The tasks, or the rescue, of a play for a host. @throws {PlaybookError} when the playbook, in JavaScript, gives no list */
export function tasksOf(
  play: Play,
  make: Play['tasks'],
  host: Host,
  facts: Readonly<Record<string, unknown>>,
  source: string,
): readonly Task[] {
  const tasks: unknown = make(host, facts)
  if (Array.isArray(tasks)) return tasks as readonly Task[]
  throw new PlaybookError(`${source}: play ${play.name}: its tasks are not a list, but ${inWords(tasks)}`, {
    path: source,
  })
}

/** The error for an exception in a playbook's code; its hint is the place of the exception. */
function playbookError(source: string, cause: unknown, where = ''): HaqError {
  if (cause instanceof HaqError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  const place = cause instanceof Error ? cause.stack?.split('\n').find(line => /^\s+at /.test(line)) : undefined
  return new PlaybookError(`${source}: ${where}${message}`, { path: source, hint: place?.trim(), cause })
}

/** @throws {HaqError} with all that is wrong in the plays and their tasks */
function refuse(plays: readonly CompiledPlay[], stumbled: readonly HaqError[], source: string): void {
  const problems = plays.flatMap(play => [
    ...play.problems.map(message => ({ source, path: `play ${play.name}`, message })),
    ...hostsProblems(play, source),
  ])
  const [first, ...others] = stumbled
  if (first && problems.length + others.length === 0) throw first
  const thrown = stumbled.map(({ message, hint }) => ({
    source: '',
    path: '',
    message: [message, hint && `(${hint})`].filter(Boolean).join(' '),
  }))
  if (problems.length + thrown.length > 0)
    throw new ParamsError('parameters are refused; no host was touched', [...problems, ...thrown])
}

/** What is wrong with the tasks of a play, once, with all the hosts that it is wrong for. */
function hostsProblems({ name, known, knownRescue }: CompiledPlay, source: string): readonly Problem[] {
  const found = new Map<string, { readonly problem: Problem; readonly hosts: Set<string> }>()
  for (const [host, tasks] of [...known, ...knownRescue])
    for (const problem of taskProblems(tasks, source)) {
      const key = JSON.stringify([problem.path, problem.message])
      const entry = found.get(key) ?? { problem, hosts: new Set() }
      found.set(key, entry)
      entry.hosts.add(host)
    }
  return [...found.values()].map(({ problem, hosts }) => ({
    ...problem,
    path: `play ${name}, ${hosts.size > 1 ? 'hosts' : 'host'} ${[...hosts].join(', ')}, ${problem.path}`,
  }))
}

/** One line for a problem that many hosts share. */
function merge(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Map<string, Problem>()
  for (const problem of problems) {
    const missing = /^is missing for (.+)$/.exec(problem.message)
    const key = JSON.stringify([problem.source, problem.path, missing ? 'is missing' : problem.message])
    const known = seen.get(key)
    if (!known) seen.set(key, problem)
    else if (missing && !known.message.split(/ |, /).includes(missing[1] ?? ''))
      seen.set(key, { ...known, message: `${known.message}, ${missing[1]}` })
  }
  return [...seen.values()]
}
