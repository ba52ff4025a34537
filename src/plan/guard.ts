import type { Approve, PlannedStep, PlannedTask } from '../engine/planned.ts'
import { PlanError } from './errors.ts'
import { digestOf, TaskCounter } from './recorder.ts'
import { tasksOf, type SavedPlan, type SavedTask } from './saved-plan.ts'

/** What the operator does about a plan that no longer holds. */
export const planAgain = 'make the plan again with haq plan, and look at what is different'

/**
 * Lets a run do only what a plan holds: a task's steps must be the saved ones or, where not everything could be known
 * when the plan was made, some of them.
 */
export function guardOf(plan: SavedPlan): Approve {
  const keyOf = ({ play, host, task }: Pick<PlannedTask, 'play' | 'host' | 'task'>, nth: number): string =>
    JSON.stringify([play, host, task, nth])
  const saved = new Map(tasksOf(plan.events).map(task => [keyOf(task, task.nth), task]))
  const counter = new TaskCounter()
  return planned => {
    const task = saved.get(keyOf(planned, counter.next(planned)))
    // What was planned and is done already needs nobody's leave.
    if (planned.steps.length === 0 || (task && isPlanned(task, planned.steps))) return undefined
    return new PlanError(
      differenceText(planned.host, task?.changes.map(stepWords) ?? [], planned.steps.map(stepWords)),
      { host: planned.host, task: planned.task, hint: planAgain },
    )
  }
}

function isPlanned({ changes, digests, certain }: SavedTask, steps: readonly PlannedStep[]): boolean {
  const words = changes.map(stepWords)
  if (!certain) return steps.every(step => words.includes(stepWords(step)))
  return (
    steps.length === words.length &&
    steps.every((step, i) => words[i] === stepWords(step) && digests[i] === digestOf(step.text))
  )
}

const stepWords = ({ what, to }: { readonly what: string; readonly to: string }): string => `${what} → ${to}`

/** The sentence for a host whose plan is no longer the saved one: what was planned and what would be done. */
export function differenceText(host: string, planned: readonly string[], now: readonly string[]): string {
  const same = planned.length > 0 && JSON.stringify(planned) === JSON.stringify(now)
  const list = (words: readonly string[]): string => words.join('; ') || 'nothing to do'
  return [
    `this is no longer what was planned for ${host}`,
    `planned: ${list(planned)}`,
    `now: ${same ? 'the same in words, but other commands or other text' : list(now)}`,
  ].join('\n')
}
