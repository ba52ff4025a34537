import {
  HaqError,
  LockedError,
  NotConvergedError,
  RequirementError,
  StepError,
  type ScriptOutcome,
} from '../core/errors.ts'
import { unknown, type Facts } from '../core/fact.ts'
import {
  provableSteps,
  requirementsOf,
  stepsOf,
  type Change,
  type Plan,
  type Requirement,
  type Step,
} from '../core/step.ts'
import type { Task } from '../core/task.ts'
import type { HostShell } from '../transport/host-shell.ts'
import { applySteps } from './apply.ts'
import type { Failure, TaskStatus } from './events.ts'
import type { FactReader } from './fact-reader.ts'
import type { TaskRecorder } from './recorder.ts'
import { placeRequirements } from './places.ts'
import { holdsUnknown } from './planned.ts'

/** How a task ended on a host. */
export interface Outcome {
  readonly status: TaskStatus
  readonly changes: readonly Change[]
  readonly pending: readonly string[]
  readonly failure?: Failure
}

/** Milliseconds between two looks at a requirement that is waited for. */
const pollInterval = 500

/** One task on one host. */
export interface TaskRun {
  readonly task: Task
  readonly host: string
  readonly reader: FactReader
  /** Facts of the tasks that follow, read along with this task's in one round trip. */
  readonly ahead: () => readonly Facts[]
}

/** What a task needs to change its host. */
export interface Converging {
  readonly shell: HostShell
  /** No step is started once it says so. */
  readonly interrupted: () => boolean
  /** Sees the steps before the first one; the error that it gives fails the task. */
  readonly approve: (steps: readonly Step[]) => HaqError | undefined
  readonly recorder: TaskRecorder | undefined
}

/** Converges one task: plans from facts that are true now, applies, reads again, and proves that nothing is left to do. */
export async function converge(run: TaskRun, { shell, interrupted, approve, recorder }: Converging): Promise<Outcome> {
  const { task, host, reader, ahead } = run
  const changes: Change[] = []
  try {
    const plan = await metPlan(run, interrupted)
    if (plan === undefined) return { status: 'skipped', changes, pending: [] }
    const steps = stepsOf(plan)
    const refusal = approve(steps)
    if (refusal) throw refusal
    if (steps.length === 0) return { status: 'ok', changes, pending: [] }
    recorder?.planned(steps, reader.readings(task.facts))
    if (interrupted()) return { status: 'skipped', changes, pending: [] }
    reader.changing()
    const applied = await applySteps(shell, host, task, steps, recorder, step => changes.push(step.change))
    if (applied.failure) throw applied.failure
    if (changes.length < steps.length) return interruptedOutcome(changes, steps.slice(changes.length))
    await reader.fetch([task.facts, ...ahead()])
    recorder?.proven(reader.readings(task.facts))
    const left = provableSteps(task.plan(await reader.values(task.facts)))
    if (left.length > 0)
      throw notConverged(
        task,
        left.map(step => step.change),
        applied.outcomes,
      )
    return { status: 'changed', changes, pending: [] }
  } catch (error) {
    if (error instanceof LockedError && interrupted()) return { status: 'skipped', changes, pending: [] }
    return {
      status: isUnreachable(error, host) ? 'unreachable' : 'failed',
      changes,
      pending: [],
      failure: failureOf(error),
    }
  }
}

/** Half a task is no change that was proven: it is said what is left. */
function interruptedOutcome(changes: readonly Change[], left: readonly Step[]): Outcome {
  if (changes.length === 0) return { status: 'skipped', changes, pending: [] }
  const message = `interrupted; still to do: ${changesText(left.map(step => step.change))}`
  return { status: 'failed', changes, pending: [], failure: { message } }
}

/**
 * The plan once its requirements are met; one that may be waited for is looked at again until its time is over.
 * @returns `undefined` when the run was interrupted meanwhile
 */
async function metPlan({ task, reader, ahead }: TaskRun, interrupted: () => boolean): Promise<Plan | undefined> {
  const start = performance.now()
  if (!reader.holds(task.facts)) await reader.fetch([task.facts, ...ahead()])
  for (;;) {
    const plan = task.plan(await reader.values(task.facts))
    const places = placeRequirements(plan, reader, false)
    const unmet = [...requirementsOf(plan), ...places].filter(requirement => requirement.met !== true)
    if (unmet.length === 0) return plan
    const waited = (performance.now() - start) / 1000
    const hopeless = unmet.filter(({ within = 0 }) => within <= waited)
    if (hopeless.length > 0) throw requirementError(task, hopeless)
    if (interrupted()) return undefined
    await new Promise(resolve => setTimeout(resolve, pollInterval))
    reader.forget()
  }
}

/** What a run would do, and what stands in its way, given the facts as far as they can be known. */
export async function checkTask(
  { task, host, reader, ahead }: TaskRun,
  changesPending: boolean,
): Promise<Outcome & { readonly plan: Plan; readonly certain: boolean }> {
  try {
    if (!reader.holds(task.facts)) await reader.fetch([task.facts, ...ahead()])
    const values = await reader.values(task.facts)
    const plan = task.plan(values)
    const open = requirementsOf(plan).filter(({ met }) => met !== true)
    const unmet = open.filter(({ met }) => met !== unknown)
    const blocked = placeRequirements(plan, reader, changesPending)
    if (blocked.length > 0) throw requirementError(task, [...unmet, ...blocked])
    // Earlier tasks may be what will meet it; without any, a run would fail here just as the check does.
    const hopeless = changesPending ? unmet.filter(({ final }) => final) : unmet
    if (hopeless.length > 0) throw requirementError(task, hopeless)
    const changes = stepsOf(plan).map(step => step.change)
    const status = changes.length > 0 ? 'changed' : open.length > 0 ? 'pending' : 'ok'
    const certain = open.length === 0 && !holdsUnknown(values)
    return { status, changes, pending: open.map(({ that }) => that), plan, certain }
  } catch (error) {
    const status = isUnreachable(error, host) ? 'unreachable' : 'failed'
    return { status, changes: [], pending: [], failure: failureOf(error), plan: [], certain: false }
  }
}

export function isUnreachable(error: unknown, host: string): boolean {
  return error instanceof HaqError && error.code === 'CONNECT' && error.host === host
}

export function failureOf(error: unknown): Failure {
  if (error instanceof StepError || error instanceof NotConvergedError) {
    const { stdout, stderr } = error.outcome
    return { message: error.message, hint: error.hint, stdout, stderr }
  }
  if (error instanceof HaqError) return { message: error.message, hint: error.hint }
  // A module that throws is a mistake in the module; its author needs the place.
  if (error instanceof Error) return { message: `${error.message} (in the module's own code)`, stderr: error.stack }
  return { message: String(error) }
}

function requirementError(task: Task, unmet: readonly Requirement[]): RequirementError {
  const message = unmet.map(({ that, otherwise }) => otherwise ?? `not met: ${that}`).join('; ')
  return new RequirementError(message, { task: task.name, hint: unmet.find(({ hint }) => hint)?.hint })
}

function notConverged(task: Task, left: readonly Change[], outcomes: readonly ScriptOutcome[]): NotConvergedError {
  const message = `every step succeeded, and yet this is still to do: ${changesText(left)}`
  const said = (stream: 'stdout' | 'stderr'): string =>
    outcomes
      .map(outcome => outcome[stream])
      .filter(Boolean)
      .join('\n')
  return new NotConvergedError(
    message,
    { status: 0, stdout: said('stdout'), stderr: said('stderr') },
    { task: task.name },
  )
}

function changesText(changes: readonly Change[]): string {
  return changes.map(({ what, from, to }) => `${what}: ${from} → ${to}`).join('; ')
}
