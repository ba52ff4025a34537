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
import { limitTo, refuseUnknownTags, refuseUnknownVariables, usualForks } from './selection.ts'

/** A playbook met with its inventory, and all that a run needs beside a report; no host was touched. */
export interface Prepared {
  readonly playbook: CompiledPlaybook
  /** What the operator should know before the run, as warnings. */
  readonly notes: readonly string[]
  readonly options: Omit<RunOptions, 'check' | 'report' | 'signal'>
}

/** Reads and checks everything that a run is told. @throws {HaqError} with all that is wrong */
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
 * What the options say of any run, be it of a playbook or of an undo.
 * @param source the playbook's file, or what stands for one
 */
export function runSettings({ forks, trace, lockTimeout }: PlaybookOptions, source: string) {
  return {
    forks: forks ?? usualForks(),
    trace: trace ?? false,
    lock: { timeout: lockTimeout ?? 30, holder: holderOf(source) },
    playbookSource: source,
  }
}
