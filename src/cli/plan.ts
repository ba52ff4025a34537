import { planText, readPlan, refuseOverwriting, writePlan } from '../plan/file.ts'
import { planPlaybook } from '../program/api.ts'
import { makeReporter } from '../report/report.ts'
import type { OutputKind } from '../report/reporter.ts'
import { outputKind, readConfig } from './config.ts'
import { checkStatusOf, exitStatus } from './exit.ts'
import { followRun } from './follow-run.ts'
import { keptReportOptions, reportOptions, type DetailFlags } from './options.ts'
import type { PlaybookFlags } from './playbook-flags.ts'
import { playbookOptions } from './playbook-options.ts'

/** The options of `haq plan`, as the command line gives them. */
export interface PlanFlags extends PlaybookFlags {
  /** The plan's file; `-` is standard output. */
  readonly out: string
  readonly detailedExitcode?: boolean
}

/** The options of `haq show`, as the command line gives them. */
export interface ShowFlags extends Omit<DetailFlags, 'showOld'> {
  readonly output?: OutputKind
}

/**
 * Runs a playbook in check mode and saves the plan. When the plan goes to standard output, the report goes to standard
 * error.
 * @returns the exit status
 */
export async function planCommand(playbookPath: string, flags: PlanFlags): Promise<number> {
  const toStdout = flags.out === '-'
  if (!toStdout) await refuseOverwriting(flags.out)
  const options = await playbookOptions(flags)
  const output = outputKind(flags, await readConfig())
  const stream = toStdout ? process.stderr : process.stdout
  const reporter = await makeReporter(output, stream, reportOptions(flags, true))
  return followRun(
    reporter,
    signal => planPlaybook(playbookPath, { ...options, signal }),
    async ({ hosts, plan }) => {
      if (!plan) return exitStatus.interrupted
      if (toStdout) process.stdout.write(planText(plan))
      else await writePlan(flags.out, plan)
      return checkStatusOf(hosts, flags.detailedExitcode)
    },
  )
}

/** Shows a saved plan as check mode showed it. */
export async function showPlan(path: string, flags: ShowFlags): Promise<void> {
  const plan = await readPlan(path)
  const output = outputKind(flags, await readConfig())
  if (output !== 'json')
    process.stdout.write(`plan of ${plan.playbook} with ${plan.inventory}, made ${plan.created} by ${plan.by}\n`)
  const reporter = await makeReporter(output, process.stdout, keptReportOptions(flags, true))
  for (const event of plan.events) reporter.report(event)
  await reporter.done()
}
