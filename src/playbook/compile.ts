import { HaqError, InventoryError, ParamsError, PlaybookError, type Problem } from '../core/errors.ts'
import type { Task } from '../core/task.ts'
import { uniqueVariables, type CheckedVariables } from '../inventory/variables.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { makeGroup, type Group, type Host } from './group.ts'
import type { Play, Playbook } from './playbook.ts'

/** A playbook compiled for an inventory: its plays, and all tasks that are known before a host is read. */
export interface CompiledPlaybook {
  readonly name: string
  readonly plays: readonly CompiledPlay[]
}

export interface CompiledPlay extends Play {
  /** The tasks of each host; empty for a play that branches on facts. */
  readonly known: ReadonlyMap<string, readonly Task[]>
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
  const group = groupFinder(playbook, inventory, variables, problems)
  const refuse = (): void => {
    if (problems.length > 0) throw new InventoryError('the inventory is refused; no host was touched', merge(problems))
  }

  let plays: readonly Play[]
  try {
    plays = playbook.plays({ group, findGroup: name => (inventory.groups.has(name) ? group(name) : undefined) })
  } catch (cause) {
    // A wrong variable may make the playbook throw. Then the problem of the variable is reported instead.
    refuse()
    throw playbookError(playbookSource, cause)
  }
  refuse()
  const compiled = plays.map(play => compilePlay(play, playbookSource))
  refuseParams(compiled, playbookSource)
  return { name: playbook.name, plays: compiled }
}

function groupFinder(
  playbook: Playbook,
  inventory: Inventory,
  variables: ReadonlyMap<string, CheckedVariables>,
  problems: Problem[],
): (name: string) => Group {
  const unique = uniqueVariables(playbook.vars)
  const hosts = new Map<string, Host>()
  const hostOf = (name: string): Host => {
    const known = hosts.get(name)
    if (known) return known
    const { address = name, groups = [] } = inventory.hosts.get(name) ?? {}
    const checked = variables.get(name)
    problems.push(...(checked?.problems ?? []))
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
      problems.push({ source: inventory.source, path: `groups.${name}`, message })
      return makeGroup(name, [])
    }
    const members = names.map(hostOf)
    for (const variable of unique) problems.push(...sharedValues(inventory, members, variable))
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

function compilePlay(play: Play, source: string): CompiledPlay {
  const branches = Object.keys(play.facts).length > 0
  // A host in two groups of the play runs the play once.
  const hosts = [...new Map(play.hosts.map(host => [host.name, host])).values()]
  try {
    const known = new Map(branches ? [] : hosts.map(host => [host.name, tasksOf(play, host, {})] as const))
    return { ...play, hosts, known }
  } catch (cause) {
    throw playbookError(source, cause, `play ${play.name}: `)
  }
}

/** The tasks of a play for a host. @throws {TypeError} when the function of the play returns no list */
export function tasksOf(play: Play, host: Host, facts: Readonly<Record<string, unknown>>): readonly Task[] {
  const tasks: unknown = play.tasks(host, facts)
  if (Array.isArray(tasks)) return tasks as readonly Task[]
  throw new TypeError(`its tasks are not a list, but ${typeof tasks}`)
}

/** The error for an exception in a playbook's code; its hint is the place of the exception. */
function playbookError(source: string, cause: unknown, where = ''): HaqError {
  if (cause instanceof HaqError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  const place = cause instanceof Error ? cause.stack?.split('\n').find(line => /^\s+at /.test(line)) : undefined
  return new PlaybookError(`${source}: ${where}${message}`, { path: source, hint: place?.trim(), cause })
}

function refuseParams(plays: readonly CompiledPlay[], source: string): void {
  const problems = plays.flatMap(play => [...serialProblems(play, source), ...hostsProblems(play, source)])
  if (problems.length > 0) throw new ParamsError('parameters are refused; no host was touched', problems)
}

/** The problems of the tasks of a play. Each problem is listed once, with all hosts that have it. */
function hostsProblems({ name, known }: CompiledPlay, source: string): readonly Problem[] {
  const found = new Map<string, { readonly problem: Problem; readonly hosts: Set<string> }>()
  for (const [host, tasks] of known)
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

function serialProblems({ name, serial, serialHandlers }: Play, source: string): readonly Problem[] {
  return Object.entries({ serial, serialHandlers })
    .filter(([, hosts]) => hosts !== undefined && !(Number.isInteger(hosts) && hosts >= 1))
    .map(([key, hosts]) => ({
      source,
      path: `play ${name}, ${key}`,
      message: `takes a whole number from 1, not ${hosts}`,
    }))
}

/** The problems of tasks and of the handlers that they notify; paths start at the task. */
export function taskProblems(tasks: readonly Task[], source: string): readonly Problem[] {
  return tasks.flatMap(task => {
    if (!isTask(task)) return [{ source, path: 'tasks', message: `${String(task)} is not a task` }]
    const own = task.problems.map(({ source: module, path, message }) => ({
      source,
      path: `${module} ${path}`.trimEnd(),
      message,
    }))
    const wrongHandlers = task.notify
      .filter(handler => isTask(handler) && handler.handlerId === undefined && handler.problems.length === 0)
      .map(handler => ({
        source,
        path: `${task.name} notify`,
        message: `${handler.name} is not a handler; service with state restarted or reloaded is a handler`,
      }))
    return [...own, ...wrongHandlers, ...taskProblems(task.notify, source)]
  })
}

/** A list of tasks in JavaScript may hold other values, such as the `false` of a condition. */
function isTask(value: unknown): value is Task {
  return typeof value === 'object' && value !== null && 'plan' in value && 'problems' in value
}

/** Merges a problem that many hosts have into one. */
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
