import { deepStrictEqual, ok } from 'node:assert'
import { unknown } from '../core/fact.ts'
import { secretsIn } from '../core/secret.ts'
import { provableSteps, requirementsOf, stepsOf, type Step } from '../core/step.ts'
import type { Task } from '../core/task.ts'
import { Predictions } from '../engine/predictions.ts'
import { stepScript } from '../engine/step-script.ts'

type FactValues = Readonly<Record<string, unknown>>

/** Law: when the predictions of a plan have become true, the next plan is empty. */
export function leavesNothing(task: Task, values: FactValues): void {
  const steps = stepsOf(task.plan(values))
  const after = predicted(task, values, steps)
  const left = provableSteps(task.plan(after)).map(({ change }) => change.what)
  // If some facts are known only during the run, the next plan may repeat the same changes, but no others.
  const planned = holdsUnknown(after) ? steps.map(({ change }) => change.what) : []
  deepStrictEqual(
    left.filter(what => !planned.includes(what)),
    [],
  )
}

/** Law: a plan with unknown facts shows at least all changes of a plan with known facts. */
export function announcesAll(task: Task, values: FactValues, hidden: readonly string[]): void {
  const less = { ...values, ...Object.fromEntries(hidden.map(name => [name, unknown])) }
  const shown = new Set(stepsOf(task.plan(less)).map(({ change }) => change.what))
  for (const { change } of stepsOf(task.plan(values)))
    ok(shown.has(change.what), `${change.what} is not announced: ${[...shown].join(', ')}`)
}

/** Law: nothing that is printed about a plan shows a secret of the parameters. */
export function showsNoSecret(task: Task, values: FactValues): void {
  const plan = task.plan(values)
  const seen = JSON.stringify([stepsOf(plan).map(step => [step, String(stepScript(step))]), requirementsOf(plan)])
  for (const secret of secretsIn(task.params)) ok(!seen.includes(secret.reveal()), 'a secret shows in the plan')
}

/** The facts after some steps are done. */
export function predicted(
  task: Task,
  facts: Readonly<Record<string, unknown>>,
  steps: readonly Step[],
): Record<string, unknown> {
  const predictions = new Predictions()
  predictions.fold('host', steps)
  return Object.fromEntries(
    Object.entries(task.facts).map(([name, fact]) => [name, predictions.valueOf('host', fact, facts[name])]),
  )
}

export function holdsUnknown(value: unknown): boolean {
  if (value === unknown) return true
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsUnknown)
}

export function showChange(step: Step): string {
  const { what, from, to } = step.change
  return `${what}: ${from} → ${to}`
}
