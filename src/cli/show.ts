import { isPlanFile } from '../plan/file.ts'
import { showPlan, type ShowFlags } from './plan.ts'
import { showRun } from './runs.ts'

/** Shows a saved plan, or a run from its journal. @throws {UsageError} when there is neither */
export async function showCommand(what: string, flags: ShowFlags): Promise<void> {
  if (await isPlanFile(what)) await showPlan(what, flags)
  else await showRun(what, flags)
}
