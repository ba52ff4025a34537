import type { SavedPlan } from '../plan/saved-plan.ts'
import { PlaybookRun } from './playbook-run.ts'
import type {
  ApplyPlanOptions,
  PlanResult,
  PlaybookOptions,
  PlaybookResult,
  RunPlaybookOptions,
} from './playbook-options.ts'

// What does the work is loaded when a run starts: playbooks import haq, too, and need nothing of it.

/**
 * Runs a playbook as `haq run` does, or checks it: locks, journal and pending handlers included. It prints nothing and
 * never exits.
 * @param playbook the playbook's file
 */
export function runPlaybook(playbook: string, options: RunPlaybookOptions): PlaybookRun<PlaybookResult> {
  return new PlaybookRun(async report => (await import('./run-playbook.ts')).runNow(report, playbook, options))
}

/**
 * Checks a playbook and keeps what a run would do, as `haq plan` does. The plan is a JSON value without secrets.
 * @param playbook the playbook's file
 * @throws {UsageError} by the result, when a variable holds a secret, which no plan keeps
 */
export function planPlaybook(playbook: string, options: PlaybookOptions): PlaybookRun<PlanResult> {
  return new PlaybookRun(async report => (await import('./plan-playbook.ts')).planNow(report, playbook, options))
}

/**
 * Does exactly what a saved plan holds, as `haq apply` does: a host on which anything else would be done now is refused
 * before anything is applied there.
 * @param path the plan's file, as errors name it
 * @throws {PlanError} by the result, when the playbook or the inventory of the plan can't be found
 */
export function applyPlan(path: string, plan: SavedPlan, options: ApplyPlanOptions = {}): PlaybookRun<PlaybookResult> {
  return new PlaybookRun(async report => (await import('./apply-plan.ts')).applyNow(report, path, plan, options))
}
