import { UsageError } from '../core/errors.ts'
import { runPlaybook } from '../program/api.ts'
import { makeReporter } from '../report/report.ts'
import { outputKind, readConfig } from './config.ts'
import { checkStatusOf, exitStatus } from './exit.ts'
import { followRun } from './follow-run.ts'
import { reportOptions } from './options.ts'
import type { PlaybookFlags } from './playbook-flags.ts'
import { playbookOptions } from './playbook-options.ts'

/** The options of `haq run`, as the command line gives them. */
export interface RunFlags extends PlaybookFlags {
  readonly check?: boolean
  readonly detailedExitcode?: boolean
}

/** Runs a playbook. @returns the exit status */
export async function runCommand(playbookPath: string, flags: RunFlags): Promise<number> {
  if (flags.detailedExitcode && !flags.check) throw new UsageError('--detailed-exitcode needs --check')
  const check = flags.check ?? false
  const options = await playbookOptions(flags)
  const output = outputKind(flags, await readConfig())
  const reporter = await makeReporter(output, process.stdout, reportOptions(flags, check))
  return followRun(
    reporter,
    signal => runPlaybook(playbookPath, { ...options, check, signal }),
    ({ hosts, interrupted }) => (interrupted ? exitStatus.interrupted : checkStatusOf(hosts, flags.detailedExitcode)),
  )
}
