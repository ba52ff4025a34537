import { stat } from 'node:fs/promises'
import type { Report } from '../engine/events.ts'
import { findInventory } from '../inventory/load.ts'
import { applyPlan as applyCompiled } from '../plan/apply.ts'
import { PlanError } from '../plan/errors.ts'
import type { SavedPlan } from '../plan/saved-plan.ts'
import { journaled, type JournaledRun } from './journaled.ts'
import type { ApplyPlanOptions, PlaybookOptions, PlaybookResult } from './playbook-options.ts'
import { prepare } from './prepare.ts'
import { parseVariables } from './variables.ts'

/** Applies a saved plan. @param path the plan's file, for error messages */
export async function applyNow(
  report: Report,
  path: string,
  plan: SavedPlan,
  given: ApplyPlanOptions,
): Promise<PlaybookResult> {
  await refuseLostFiles(path, plan)
  const { signal = new AbortController().signal } = given
  const { extraVars = [], ...saved } = plan.options
  const vars = parseVariables(extraVars)
  const options: PlaybookOptions = { ...given, ...saved, vars, inventory: plan.inventory }
  const { playbook, notes, options: settings } = await prepare(plan.playbook, options)
  for (const message of notes) report({ event: 'warning', message })
  let written: JournaledRun | undefined
  const start = async (): Promise<JournaledRun> => {
    const about = { source: plan.playbook, playbook, check: false, options, secrets: settings.secrets }
    written = await journaled(report, about)
    return written
  }
  try {
    const result = await applyCompiled(plan, playbook, { ...settings, signal }, start)
    return { hosts: result?.hosts ?? {}, interrupted: signal.aborted || !result }
  } finally {
    written?.close()
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
