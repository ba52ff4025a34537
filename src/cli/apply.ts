import { readPlan } from '../plan/file.ts'
import { applyPlan } from '../program/api.ts'
import { makeReporter } from '../report/report.ts'
import { outputKind, readConfig } from './config.ts'
import { exitStatus, statusOf } from './exit.ts'
import { followRun } from './follow-run.ts'
import { reportOptions } from './options.ts'
import type { PlaybookFlags } from './playbook-flags.ts'
import { playbookOptions } from './playbook-options.ts'

/** The options of `haq apply`, as the command line gives them. The plan holds all other options. */
export type ApplyFlags = Pick<
  PlaybookFlags,
  | 'askBecomePass'
  | 'diff'
  | 'showOld'
  | 'forks'
  | 'keepConnections'
  | 'lockTimeout'
  | 'output'
  | 'outputLimit'
  | 'verbose'
>

/** Applies a saved plan. @returns the exit status */
export async function applyCommand(path: string, flags: ApplyFlags): Promise<number> {
  const plan = await readPlan(path)
  const options = await playbookOptions({ ...flags, inventory: plan.inventory })
  const reporter = await makeReporter(
    outputKind(flags, await readConfig()),
    process.stdout,
    reportOptions(flags, false),
  )
  return followRun(
    reporter,
    signal => applyPlan(path, plan, { ...options, signal }),
    ({ hosts, interrupted }) => (interrupted ? exitStatus.interrupted : statusOf(hosts)),
  )
}
