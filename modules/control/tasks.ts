import * as z from 'zod'
import type { Fact, Plan, Task } from 'haq'

/** A parameter that takes a task. */
export const taskParam = z
  .custom<Task>(value => isTask(value) && value.problems.length === 0, {
    error: 'takes tasks with valid parameters, such as verifyRabbitQueues({})',
  })
  .meta({ title: 'task' })

/** The facts of tasks, together. */
export function factsOf(tasks: readonly Task[]): Record<string, Fact<unknown>> {
  return Object.fromEntries(
    tasks.flatMap(({ facts }, i) => Object.entries(facts).map(([name, fact]) => [keyOf(i, name), fact])),
  )
}

/** The plans of tasks, given the values of their facts together. */
export function plansOf(
  tasks: readonly Task[],
  values: Readonly<Record<string, unknown>>,
): readonly { readonly task: Task; readonly plan: Plan }[] {
  return tasks.map((task, i) => ({
    task,
    plan: task.plan(Object.fromEntries(Object.keys(task.facts).map(name => [name, values[keyOf(i, name)]]))),
  }))
}

function isTask(value: unknown): value is Task {
  return typeof value === 'object' && value !== null && 'plan' in value && 'facts' in value && 'problems' in value
}

function keyOf(index: number, name: string): string {
  return `${index} ${name}`
}
