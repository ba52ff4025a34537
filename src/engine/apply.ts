import { utf8Text } from '../core/bytes.ts'
import { StepError, type ScriptOutcome } from '../core/errors.ts'
import { lines, sh, type Script } from '../core/shell.ts'
import type { Step } from '../core/step.ts'
import type { Task } from '../core/task.ts'
import { owe } from '../facts/debt.ts'
import type { HostShell } from '../transport/host-shell.ts'
import { stepScript } from './step-script.ts'

/**
 * Applies one step of a task. What the task owes to handlers is written down on the host in the same script, before the
 * change: a run that dies between the two leaves the debt, never a change without it.
 * @param seal keeps what the step replaces, for the way back
 * @returns what the step wrote
 * @throws {StepError} when the step fails
 */
export async function applyStep(
  shell: HostShell,
  host: string,
  task: Task,
  step: Step,
  seal: Script = sh`:`,
): Promise<ScriptOutcome> {
  const debts = task.notify.flatMap(handler => (handler.debt === undefined ? [] : [owe(handler.debt)]))
  const { status, stdout, stderr } = await shell.run(lines(...debts, seal, stepScript(step)), step.change.what)
  const outcome = { status, stdout: utf8Text(stdout).trimEnd(), stderr: utf8Text(stderr).trimEnd() }
  if (status === 0) return outcome
  const why = outcome.stderr.split('\n').at(-1) || outcome.stdout.split('\n').at(-1)
  throw new StepError(`${step.change.what}: ${why || `exit status ${status}`}`, outcome, { host, task: task.name })
}
