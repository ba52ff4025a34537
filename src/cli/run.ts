import { UsageError } from '../core/errors.ts'
import { runPlaybook } from '../engine/run.ts'
import { makeReporter } from '../report/report.ts'
import { checkStatusOf, exitStatus } from './exit.ts'
import { onInterrupt } from './interrupt.ts'
import { journaled } from './journaled.ts'
import { reportOptions } from './options.ts'
import { prepare } from './prepare.ts'
import type { PlaybookFlags } from './playbook-flags.ts'

/** The options of `haq run`, as the command line gives them. */
export interface RunFlags extends PlaybookFlags {
  readonly check?: boolean
  readonly detailedExitcode?: boolean
}

/** Runs a playbook. @returns the exit status */
export async function runCommand(playbookPath: string, flags: RunFlags): Promise<number> {
  if (flags.detailedExitcode && !flags.check)
    throw new UsageError('--detailed-exitcode goes with --check: a run that changed something has converged')
  const { playbook, output, notes, options } = await prepare(playbookPath, flags)
  const check = flags.check ?? false
  const reporter = await makeReporter(output, process.stdout, reportOptions(flags, check))
  for (const message of notes) reporter.report({ event: 'warning', message })
  const about = { source: playbookPath, playbook, check, flags, secrets: options.secrets }
  const { report, journal, close } = await journaled(reporter.report, about)
  const interrupt = onInterrupt()
  try {
    const result = await runPlaybook(playbook, { ...options, check, report, journal, signal: interrupt.signal })
    await reporter.done()
    return interrupt.signal.aborted ? exitStatus.interrupted : checkStatusOf(result.hosts, flags.detailedExitcode)
  } finally {
    close()
    interrupt.stop()
  }
}
