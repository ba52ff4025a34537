import { runPlaybook } from '../engine/run.ts'
import { makeReporter } from '../report/report.ts'
import { exitStatus, statusOf } from './exit.ts'
import { onInterrupt } from './interrupt.ts'
import { prepare, type PlaybookFlags } from './prepare.ts'

/** The options of `haq run`, as the command line gives them. */
export interface RunFlags extends PlaybookFlags {
  readonly check?: boolean
  readonly diff?: boolean
}

/** Runs a playbook. @returns the exit status */
export async function runCommand(playbookPath: string, flags: RunFlags): Promise<number> {
  const { playbook, output, notes, options } = await prepare(playbookPath, flags)
  const check = flags.check ?? false
  const reporter = await makeReporter(output, process.stdout, { check, diff: flags.diff ?? false })
  for (const message of notes) reporter.report({ event: 'warning', message })
  const interrupt = onInterrupt()
  try {
    const result = await runPlaybook(playbook, { ...options, check, report: reporter.report, signal: interrupt.signal })
    await reporter.done()
    return interrupt.signal.aborted ? exitStatus.interrupted : statusOf(result.hosts)
  } finally {
    interrupt.stop()
  }
}
