import { InventoryError, ParamsError, type Problem } from '../core/errors.ts'
import type { Task } from '../core/task.ts'
import { uniqueVariables, type CheckedVariables } from '../inventory/variables.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { makeGroup, type Group, type Host } from './group.ts'
import type { Play, Playbook } from './playbook.ts'

/** A playbook met with an inventory: the plays, and every task that can be known before a host is read. */
export interface CompiledPlaybook {
  readonly name: string
  readonly plays: readonly CompiledPlay[]
}

export interface CompiledPlay extends Play {
  /** By host; a play that branches on facts has none yet. */
  readonly known: ReadonlyMap<string, readonly Task[]>
}

/**
 * Makes the plays for an inventory and checks all that can be checked before a host is touched.
 * @throws {InventoryError} with everything that is wrong in the inventory and its variables
 * @throws {ParamsError} with everything that is wrong in the parameters of the tasks
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
    plays = playbook.plays({ group })
  } catch (cause) {
    // Where a variable is wrong the playbook may stumble over it; the variable is what the operator must hear of.
    refuse()
    throw cause
  }
  refuse()
  const compiled = plays.map(play => compilePlay(play))
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

function compilePlay(play: Play): CompiledPlay {
  const branches = Object.keys(play.facts).length > 0
  const known = new Map(branches ? [] : play.hosts.map(host => [host.name, play.tasks(host, {})] as const))
  return { ...play, known }
}

function refuseParams(plays: readonly CompiledPlay[], source: string): void {
  const problems = plays.flatMap(play =>
    [...play.known].flatMap(([host, tasks]) => taskProblems(tasks, source, `play ${play.name}, host ${host}`)),
  )
  if (problems.length > 0) throw new ParamsError('parameters are refused; no host was touched', merge(problems))
}

/** What is wrong with tasks and with the handlers that they notify. */
export function taskProblems(tasks: readonly Task[], source: string, where: string): readonly Problem[] {
  return tasks.flatMap(task => [
    ...task.problems.map(problem => ({
      source,
      path: `${where}, ${problem.source} ${problem.path}`.trimEnd(),
      message: problem.message,
    })),
    ...task.notify
      .filter(handler => handler.debt === undefined && handler.problems.length === 0)
      .map(handler => ({
        source,
        path: `${where}, ${task.name} notify`,
        message: `${handler.name} is no handler; service with state restarted or reloaded is one`,
      })),
    ...taskProblems(task.notify, source, where),
  ])
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
