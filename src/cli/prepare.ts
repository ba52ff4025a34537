import { Secret } from '../core/secret.ts'
import type { RunOptions } from '../engine/run.ts'
import { loadInventory } from '../inventory/load.ts'
import { checkVariables } from '../inventory/variables.ts'
import { compilePlaybook, type CompiledPlaybook } from '../playbook/compile.ts'
import { loadPlaybook } from '../playbook/load.ts'
import type { OutputKind } from '../report/reporter.ts'
import { inventoryPath, outputKind, readConfig, type Config } from './config.ts'
import { holderOf } from './holder.ts'
import { labOf } from './lab-target.ts'
import { limitTo, parseExtraVars, parseForks, parseSeconds, refuseUnknownTags, usualForks } from './options.ts'
import type { PlaybookFlags } from './playbook-flags.ts'
import { reachHosts } from './reach-hosts.ts'

/** A playbook met with its inventory, and all that a run needs beside a report; no host was touched. */
export interface Prepared {
  readonly playbook: CompiledPlaybook
  readonly output: OutputKind
  readonly notes: readonly string[]
  readonly options: Omit<RunOptions, 'check' | 'report' | 'signal'>
}

/** Reads and checks everything that a command line names. @throws {HaqError} with all that is wrong */
export async function prepare(playbookPath: string, flags: PlaybookFlags): Promise<Prepared> {
  const config = await readConfig()
  const path = inventoryPath(flags, config)
  const [playbook, inventory, lab] = await Promise.all([
    loadPlaybook(playbookPath),
    loadInventory(path),
    flags.lab ? labOf(path) : undefined,
  ])
  const known = Object.keys(playbook.vars.shape)
  const extra = parseExtraVars(flags.extraVars ?? [], known)
  const fromLab = [...(lab?.vars ?? [])].filter(([name]) => known.includes(name))
  const variables = await checkVariables(inventory, playbook.vars, new Map([...fromLab, ...extra]))
  const compiled = compilePlaybook(playbook, playbookPath, inventory, variables)
  const tags = flags.tags ?? []
  refuseUnknownTags(compiled, tags)
  const options = {
    ...runSettings(flags, config, playbookPath),
    limit: limitTo(inventory, flags.limit),
    tags,
  }
  const { openShell, becomePassword } = await reachHosts(inventory, flags, config, lab)
  const values = [...variables.values()].flatMap(checked => Object.values(checked.values))
  return {
    playbook: compiled,
    output: outputKind(flags, config),
    notes: fromLab.length > 0 && lab ? lab.notes : [],
    options: { ...options, secrets: [...values, becomePassword].filter(value => value instanceof Secret), openShell },
  }
}

/**
 * What the command line and the configuration together say of any run, be it of a playbook or of a way back.
 * @param source the playbook's file, or what stands for one
 */
export function runSettings(flags: PlaybookFlags, config: Config, source: string) {
  return {
    forks: parseForks(flags.forks ?? String(config.forks ?? usualForks())),
    trace: (flags.verbose ?? 0) > 0,
    lock: {
      timeout: parseSeconds('--lock-timeout', flags.lockTimeout ?? String(config.lockTimeout ?? 30)),
      holder: holderOf(source),
    },
    playbookSource: source,
  }
}
