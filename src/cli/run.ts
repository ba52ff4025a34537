import { UsageError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { runPlaybook } from '../engine/run.ts'
import type { InventoryHost } from '../inventory/inventory.ts'
import { loadInventory } from '../inventory/load.ts'
import { matchHosts, strangersIn } from '../inventory/pattern.ts'
import { checkVariables } from '../inventory/variables.ts'
import { compilePlaybook } from '../playbook/compile.ts'
import { loadPlaybook } from '../playbook/load.ts'
import { makeReporter, type OutputKind } from '../report/report.ts'
import { HostShell } from '../transport/host-shell.ts'
import type { Reach } from '../transport/reach.ts'
import { readPassword } from './ask.ts'
import { exitStatus, statusOf } from './exit.ts'
import { onInterrupt } from './interrupt.ts'
import { labOf, type LabTarget } from './lab-target.ts'

/** The options of `haq run`, as the command line gives them. */
export interface RunFlags {
  readonly inventory: string
  readonly check?: boolean
  readonly diff?: boolean
  readonly limit?: readonly string[]
  readonly tags?: readonly string[]
  readonly forks: string
  readonly extraVars?: readonly string[]
  readonly user?: string
  readonly become?: boolean
  readonly askBecomePass?: boolean
  readonly output?: OutputKind
  readonly lab?: boolean
}

/** Runs a playbook. @returns the exit status */
export async function runCommand(playbookPath: string, flags: RunFlags): Promise<number> {
  const forks = parseForks(flags.forks)
  const extra = parseExtraVars(flags.extraVars ?? [])
  const [playbook, inventory, lab] = await Promise.all([
    loadPlaybook(playbookPath),
    loadInventory(flags.inventory),
    flags.lab ? labOf(flags.inventory) : undefined,
  ])
  refuseUnknownVars(extra, Object.keys(playbook.vars.shape))
  const check = flags.check ?? false
  const variables = await checkVariables(inventory, playbook.vars, new Map([...(lab?.vars ?? []), ...extra]))
  const compiled = compilePlaybook(playbook, playbookPath, inventory, variables)
  const limit = limitTo(inventory, flags.limit)
  const becomePassword = flags.askBecomePass ? await readPassword('sudo password: ') : undefined

  const reporter = await makeReporter(flags.output ?? (process.stdout.isTTY ? 'pretty' : 'plain'), process.stdout, {
    check,
    diff: flags.diff ?? false,
  })
  for (const message of lab?.notes ?? []) reporter.report({ event: 'warning', message })
  const interrupt = onInterrupt()
  try {
    const result = await runPlaybook(compiled, {
      check,
      forks,
      limit,
      tags: flags.tags ?? [],
      playbookSource: playbookPath,
      secrets: [...secretsOf(variables), ...(becomePassword ? [becomePassword] : [])],
      openShell: name => openShell(inventory.hosts.get(name), flags, becomePassword, lab),
      report: reporter.report,
      signal: interrupt.signal,
    })
    await reporter.done()
    return interrupt.signal.aborted ? exitStatus.interrupted : statusOf(result.hosts)
  } finally {
    interrupt.stop()
  }
}

function openShell(
  host: InventoryHost | undefined,
  flags: RunFlags,
  becomePassword: Secret | undefined,
  lab: LabTarget | undefined,
): HostShell {
  if (!host) throw new UsageError('a task looks at a host that is not in the inventory')
  const user = flags.user ?? host.reach.user
  const reach: Reach = { ...host.reach, user, become: flags.become ?? host.reach.become, becomePassword }
  return new HostShell(host.name, lab ? lab.reach(host.name, reach) : reach)
}

function parseForks(text: string): number {
  const forks = Number(text)
  if (Number.isInteger(forks) && forks >= 1 && forks <= 1000) return forks
  throw new UsageError(`--forks takes a whole number from 1 to 1000, not ${text}`)
}

function parseExtraVars(given: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    given.map(text => {
      const at = text.indexOf('=')
      if (at < 1) throw new UsageError(`-e takes key=value, not ${text}`)
      return [text.slice(0, at), text.slice(at + 1)] as const
    }),
  )
}

function refuseUnknownVars(extra: ReadonlyMap<string, string>, known: readonly string[]): void {
  const unknown = [...extra.keys()].filter(name => !known.includes(name))
  if (unknown.length > 0)
    throw new UsageError(`the playbook has no variable ${unknown.join(', ')}`, {
      hint: `it has: ${known.join(', ') || 'none'}`,
    })
}

function limitTo(
  inventory: Awaited<ReturnType<typeof loadInventory>>,
  patterns: readonly string[] | undefined,
): ReadonlySet<string> {
  const strangers = patterns ? strangersIn(inventory, patterns.join(',')) : []
  if (strangers.length > 0)
    throw new UsageError(`--limit names ${strangers.join(', ')}, which is no host and no group of the inventory`, {
      hint: `the inventory has: ${[...inventory.groups.keys(), ...inventory.hosts.keys()].join(', ')}`,
    })
  const hosts = patterns ? matchHosts(inventory, patterns.join(',')) : [...inventory.hosts.keys()]
  if (hosts.length === 0)
    throw new UsageError(
      patterns ? `--limit ${patterns.join(',')} leaves no host` : `${inventory.source} has no hosts`,
      {
        hint: patterns && `the inventory has: ${[...inventory.hosts.keys()].join(', ')}`,
      },
    )
  return new Set(hosts)
}

function secretsOf(variables: Awaited<ReturnType<typeof checkVariables>>): readonly Secret[] {
  return [...variables.values()].flatMap(({ values }) => Object.values(values)).filter(value => value instanceof Secret)
}
