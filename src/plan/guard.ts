import type { Approve, PlannedStep, PlannedTask } from '../engine/planned.ts'
import { PlanError } from './errors.ts'
import { digestOf, TaskCounter } from './recorder.ts'
import { tasksOf, type SavedPlan, type SavedTask } from './saved-plan.ts'

/** The hint for a plan that no longer fits. */
export const planAgain = 'make the plan again with haq plan, and look at what is different'

/**
 * Lets a run do only what a plan holds: a task's steps must be the saved steps. If some facts were unknown when the
 * plan was made, they may be only some of the saved steps.
 */
export function guardOf(plan: SavedPlan): Approve {
  const keyOf = ({ play, host, task }: Pick<PlannedTask, 'play' | 'host' | 'task'>, nth: number): string =>
    JSON.stringify([play, host, task, nth])
  const saved = new Map(tasksOf(plan.events).map(task => [keyOf(task, task.nth), task]))
  const counter = new TaskCounter()
  return planned => {
    const task = saved.get(keyOf(planned, counter.next(planned)))
    // A task with nothing left to do is always allowed.
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

/** The message for a host on which something else would now be done: the planned changes and the present ones. */
export function differenceText(host: string, planned: readonly string[], now: readonly string[]): string {
  const same = planned.length > 0 && JSON.stringify(planned) === JSON.stringify(now)
  const list = (words: readonly string[]): string => words.join('; ') || 'nothing to do'
  return [
    `this is no longer what was planned for ${host}`,
    `planned: ${list(planned)}`,
    `now: ${same ? 'the same in words, but other commands or other text' : list(now)}`,
  ].join('\n')
}
