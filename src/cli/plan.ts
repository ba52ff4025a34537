import { UsageError } from '../core/errors.ts'
import { runPlaybook, type RunResult } from '../engine/run.ts'
import { readPlan, planText, refuseOverwriting, writePlan } from '../plan/file.ts'
import { PlanRecorder } from '../plan/recorder.ts'
import { planVersion, type PlanOptions, type SavedPlan } from '../plan/saved-plan.ts'
import { makeReporter } from '../report/report.ts'
import type { OutputKind } from '../report/reporter.ts'
import { inventoryPath, outputKind, readConfig } from './config.ts'
import { checkStatusOf, exitStatus } from './exit.ts'
import { whoAndWhere } from './holder.ts'
import { onInterrupt } from './interrupt.ts'
import { reportOptions, type DetailFlags } from './options.ts'
import { prepare } from './prepare.ts'
import type { PlaybookFlags } from './playbook-flags.ts'

/** The options of `haq plan`, as the command line gives them. */
export interface PlanFlags extends PlaybookFlags {
  /** The plan's file; `-` is standard output. */
  readonly out: string
  readonly detailedExitcode?: boolean
}

/** How a saved plan is shown. */
export interface ShowFlags extends DetailFlags {
  readonly output?: OutputKind
}

/**
 * Checks, and saves what a run would do. On standard output the plan stands alone, and the report goes to standard error.
 * @returns the exit status
 */
export async function planCommand(playbookPath: string, flags: PlanFlags): Promise<number> {
  const toStdout = flags.out === '-'
  if (!toStdout) await refuseOverwriting(flags.out)
  const { playbook, output, notes, options } = await prepare(playbookPath, flags)
  const inventory = inventoryPath(flags, await readConfig())
  const stream = toStdout ? process.stderr : process.stdout
  const reporter = await makeReporter(output, stream, reportOptions(flags, true))
  const recorder = new PlanRecorder()
  const report: typeof reporter.report = event => {
    recorder.report(event)
    reporter.report(event)
  }
  for (const message of notes) report({ event: 'warning', message })
  const interrupt = onInterrupt()
  try {
    const { signal } = interrupt
    const result = await runPlaybook(playbook, { ...options, check: true, report, approve: recorder.approve, signal })
    await reporter.done()
    // Half a plan is none.
    if (signal.aborted) return exitStatus.interrupted
    refuseSecrets(flags.extraVars ?? [], result)
    const plan: SavedPlan = {
      haq: 'plan',
      version: planVersion,
      created: new Date().toISOString(),
      by: whoAndWhere(),
      playbook: playbookPath,
      inventory,
      options: planOptions(flags),
      events: recorder.events,
    }
    if (toStdout) process.stdout.write(planText(plan))
    else await writePlan(flags.out, plan)
    return checkStatusOf(result.hosts, flags.detailedExitcode)
  } finally {
    interrupt.stop()
  }
}

/** Shows a saved plan as check mode showed it. */
export async function showPlan(path: string, flags: ShowFlags): Promise<void> {
  const plan = await readPlan(path)
  const output = outputKind(flags, await readConfig())
  if (output !== 'json')
    process.stdout.write(`plan of ${plan.playbook} with ${plan.inventory}, made ${plan.created} by ${plan.by}\n`)
  const reporter = await makeReporter(output, process.stdout, reportOptions(flags, true))
  for (const event of plan.events) reporter.report(event)
  await reporter.done()
}

/** A playbook may make a secret of what `-e` says; a plan must not keep it. @throws {UsageError} */
function refuseSecrets(extraVars: readonly string[], { redact }: RunResult): void {
  const names = extraVars.filter(text => redact(text) !== text).map(text => text.slice(0, text.indexOf('=')))
  if (names.length === 0) return
  throw new UsageError(`-e ${names.join(', ')} holds a secret, which no plan keeps`, {
    hint: 'let the inventory name where the secret comes from: secret.env(NAME), secret.file(PATH) or secret.command(WORDS)',
  })
}

function planOptions({ limit, tags, extraVars, user, become, lab }: PlanFlags): PlanOptions {
  return {
    ...(limit && { limit: [...limit] }),
    ...(tags && { tags: [...tags] }),
    ...(extraVars && { extraVars: [...extraVars] }),
    ...(user !== undefined && { user }),
    ...(become !== undefined && { become }),
    ...(lab !== undefined && { lab }),
  }
}
