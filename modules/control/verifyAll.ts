import * as z from 'zod'
import { defineModule, require, requirementsOf, stepsOf, type Requirement } from 'haq'
import { factsOf, plansOf, taskParam } from './tasks.ts'

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
      .array(taskParam)
      .min(1)
      .describe('the tasks to check, such as verifyRabbitQueues({}); none of them changes anything'),
    within: z.int().min(0).max(86_400).default(0).describe('seconds to wait until all checks pass'),
  }),
  title: ({ tasks }) => tasks.map(({ name }) => name).join(', '),
  facts: ({ tasks }) => factsOf(tasks),
  plan: ({ tasks, within }, facts) =>
    plansOf(tasks, facts).flatMap(({ task, plan }) => {
      const left = stepsOf(plan).map(({ change: { what, from, to } }) => `${what}: ${from} → ${to}`)
      const isDone: Requirement = require(`${task.name} has nothing to change`, left.length === 0, {
        otherwise: `${task.name} would still change: ${left.join('; ')}`,
      })
      return [...requirementsOf(plan), isDone].map(requirement => ({ ...requirement, within }))
    }),
})
