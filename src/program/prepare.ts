import { Secret } from '../core/secret.ts'
import type { RunOptions } from '../engine/run.ts'
import { loadInventory } from '../inventory/load.ts'
import { checkVariables } from '../inventory/variables.ts'
import { compilePlaybook, type CompiledPlaybook } from '../playbook/compile.ts'
import { loadPlaybook } from '../playbook/load.ts'
import { holderOf } from './holder.ts'
import { labOf } from './lab-target.ts'
import type { PlaybookOptions } from './playbook-options.ts'
import { reachHosts } from './reach-hosts.ts'
import { limitTo, refuseUnknownTags, refuseUnknownVariables, defaultForks } from './selection.ts'

/** A playbook compiled for its inventory, and everything else that a run needs. No host was touched. */
export interface Prepared {
  readonly playbook: CompiledPlaybook
  /** Warnings for the operator before the run. */
  readonly notes: readonly string[]
  readonly options: Omit<RunOptions, 'check' | 'report' | 'signal'>
}

/** Reads and checks the playbook, the inventory and the options. @throws {HaqError} with all problems */
export async function prepare(playbookPath: string, options: PlaybookOptions): Promise<Prepared> {
  const [playbook, inventory, lab] = await Promise.all([
    loadPlaybook(playbookPath),
    loadInventory(options.inventory),
    options.lab ? labOf(options.inventory) : undefined,
  ])
  const known = Object.keys(playbook.vars.shape)
  const extra = Object.entries(options.vars ?? {})
  refuseUnknownVariables(
    extra.map(([name]) => name),
    known,
  )
  const fromLab = [...(lab?.vars ?? [])].filter(([name]) => known.includes(name))
  const variables = await checkVariables(inventory, playbook.vars, new Map([...fromLab, ...extra]))
  const compiled = compilePlaybook(playbook, playbookPath, inventory, variables)
  const tags = options.tags ?? []
  refuseUnknownTags(compiled, tags)
  const settings = { ...runSettings(options, playbookPath), limit: limitTo(inventory, options.limit), tags }
  const { openShell, becomePassword } = await reachHosts(inventory, options, lab)
  const values = [...variables.values()].flatMap(checked => Object.values(checked.values))
  return {
    playbook: compiled,
    notes: fromLab.length > 0 && lab ? lab.notes : [],
    options: { ...settings, secrets: [...values, becomePassword].filter(value => value instanceof Secret), openShell },
  }
}

/**
 * The settings that runs and undos have in common.
 * @param source the playbook's file, or a name for the run
 */
export function runSettings({ forks, trace, lockTimeout }: PlaybookOptions, source: string) {
  return {
    forks: forks ?? defaultForks(),
    trace: trace ?? false,
    lock: { timeout: lockTimeout ?? 30, holder: holderOf(source) },
    playbookSource: source,
  }
}
