import { UsageError } from '../core/errors.ts'
import { isPlanFile } from '../plan/file.ts'
import { showPlan, type ShowFlags } from './plan.ts'

/** Shows a saved plan. @throws {UsageError} when there is none */
export async function showCommand(what: string, flags: ShowFlags): Promise<void> {
  if (!(await isPlanFile(what))) throw new UsageError(`no plan ${what}`)
  await showPlan(what, flags)
}
