import type { SavedPlan } from '../plan/saved-plan.ts'
import { PlaybookRun } from './playbook-run.ts'
import type {
  ApplyPlanOptions,
  PlanResult,
  PlaybookOptions,
  PlaybookResult,
  RunPlaybookOptions,
} from './playbook-options.ts'

// Loaded when a run starts: playbooks import this file, too, and do not need this code.

/**
 * Runs a playbook as `haq run` does, with locks, a journal and pending handlers. It prints nothing and
 * never ends the process.
 * @param playbook the playbook's file
 */
export function runPlaybook(playbook: string, options: RunPlaybookOptions): PlaybookRun<PlaybookResult> {
  return new PlaybookRun(async report => (await import('./run-playbook.ts')).runNow(report, playbook, options))
}

/**
 * Runs a playbook in check mode and returns the plan, as `haq plan` does. The plan is a JSON value without secrets.
 * @param playbook the playbook's file
 * @throws {UsageError} from `result`, when a variable holds a secret, which a plan must not contain
 */
export function planPlaybook(playbook: string, options: PlaybookOptions): PlaybookRun<PlanResult> {
  return new PlaybookRun(async report => (await import('./plan-playbook.ts')).planNow(report, playbook, options))
}

/**
 * Applies a saved plan, as `haq apply` does. If a run would now do something else on a host, the host is refused, and
 * nothing is applied to it.
 * @param path the plan's file, for error messages
 * @throws {PlanError} from `result`, when the playbook or the inventory of the plan can't be found
 */
export function applyPlan(path: string, plan: SavedPlan, options: ApplyPlanOptions = {}): PlaybookRun<PlaybookResult> {
  return new PlaybookRun(async report => (await import('./apply-plan.ts')).applyNow(report, path, plan, options))
}
