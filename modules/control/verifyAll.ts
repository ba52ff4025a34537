import * as z from 'zod'
import { defineModule, require, requirementsOf, stepsOf, type Fact, type Requirement, type Task } from 'haq'

const task = z
  .custom<Task>(value => isTask(value) && value.problems.length === 0, {
    error: 'takes tasks with valid parameters, such as verifyRabbitQueues({})',
  })
  .meta({ title: 'task' })

/**
 * Changes nothing. It checks all its tasks and fails with everything that is wrong; separate tasks would stop at the
 * first failure. A task that would change something fails with a list of those changes. Therefore any task can be
 * checked in this way.
 *
 * @example
 * ```ts
 * verifyAll({
 *   tasks: [
 *     verifyRabbitCluster({ members: group('rabbit') }),
 *     verifyRabbitQueues({}),
 *     verifyBrokerHealth({}),
 *   ],
 *   within: 60,
 * })
 * ```
 */
export const verifyAll = defineModule({
  name: 'verifyAll',
  summary: 'Check several tasks at once, and fail with everything that is wrong',
  params: z.object({
    tasks: z
      .array(task)
      .min(1)
      .describe('the tasks to check, such as verifyRabbitQueues({}); none of them changes anything'),
    within: z.int().min(0).max(86_400).default(0).describe('seconds to wait until all checks pass'),
  }),
  title: ({ tasks }) => tasks.map(({ name }) => name).join(', '),
  facts: ({ tasks }): Record<string, Fact<unknown>> =>
    Object.fromEntries(
      tasks.flatMap(({ facts }, i) => Object.entries(facts).map(([name, fact]) => [keyOf(i, name), fact])),
    ),
  plan: ({ tasks, within }, facts) =>
    tasks.flatMap((task, i) => {
      const plan = task.plan(
        Object.fromEntries(
          Object.keys(task.facts).map(name => [name, (facts as Record<string, unknown>)[keyOf(i, name)]]),
        ),
      )
      const left = stepsOf(plan).map(({ change: { what, from, to } }) => `${what}: ${from} → ${to}`)
      const isDone: Requirement = require(`${task.name} has nothing to change`, left.length === 0, {
        otherwise: `${task.name} would still change: ${left.join('; ')}`,
      })
      return [...requirementsOf(plan), isDone].map(requirement => ({ ...requirement, within }))
    }),
})

function isTask(value: unknown): value is Task {
  return typeof value === 'object' && value !== null && 'plan' in value && 'facts' in value && 'problems' in value
}

function keyOf(index: number, name: string): string {
  return `${index} ${name}`
}
