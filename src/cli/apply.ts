import { stat } from 'node:fs/promises'
import { findInventory } from '../inventory/load.ts'
import { applyPlan } from '../plan/apply.ts'
import { PlanError } from '../plan/errors.ts'
import { readPlan } from '../plan/file.ts'
import type { SavedPlan } from '../plan/saved-plan.ts'
import { makeReporter } from '../report/report.ts'
import { exitStatus, statusOf } from './exit.ts'
import { onInterrupt } from './interrupt.ts'
import { journaled, type JournaledRun } from './journaled.ts'
import { reportOptions } from './options.ts'
import { prepare } from './prepare.ts'
import type { PlaybookFlags } from './playbook-flags.ts'

/** The options of `haq apply`, as the command line gives them; all else is the plan's. */
export type ApplyFlags = Pick<
  PlaybookFlags,
  'askBecomePass' | 'diff' | 'forks' | 'keepConnections' | 'lockTimeout' | 'output' | 'verbose'
>

/** Does exactly what a saved plan holds. @returns the exit status */
export async function applyCommand(path: string, flags: ApplyFlags): Promise<number> {
  const plan = await readPlan(path)
  await refuseLostFiles(path, plan)
  const all: PlaybookFlags = { ...flags, ...plan.options, inventory: plan.inventory }
  const { playbook, output, notes, options } = await prepare(plan.playbook, all)
  const reporter = await makeReporter(output, process.stdout, reportOptions(flags, false))
  for (const message of notes) reporter.report({ event: 'warning', message })
  const interrupt = onInterrupt()
  let written: JournaledRun | undefined
  const start = async (): Promise<JournaledRun> => {
    const about = { source: plan.playbook, playbook, check: false, flags: all, secrets: options.secrets }
    written = await journaled(reporter.report, about)
    return written
  }
  try {
    const { signal } = interrupt
    const result = await applyPlan(plan, playbook, { ...options, signal }, start)
    await reporter.done()
    return signal.aborted || !result ? exitStatus.interrupted : statusOf(result.hosts)
  } finally {
    written?.close()
    interrupt.stop()
  }
}

async function refuseLostFiles(path: string, { playbook, inventory }: SavedPlan): Promise<void> {
  const isThere = async (wanted: Promise<unknown>): Promise<boolean> =>
    wanted.then(
      () => true,
      () => false,
    )
  const lost = [
    ...((await isThere(stat(playbook))) ? [] : [`playbook ${playbook}`]),
    ...((await isThere(findInventory(inventory))) ? [] : [`inventory ${inventory}`]),
  ]
  if (lost.length === 0) return
  throw new PlanError(`${path} is the plan of the ${lost.join(' and the ')}, which can't be found from here`, {
    path,
    hint: 'apply it in the folder where it was made',
  })
}
