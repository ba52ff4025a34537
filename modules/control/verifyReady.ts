import * as z from 'zod'
import { defineModule, requirementsOf } from 'haq'
import { factsOf, plansOf, taskParam } from './tasks.ts'

/**
 * Changes nothing. It fails if one of its tasks would fail because of a precondition. Put it before the first task that
 * takes something out of service, with the tasks that come later: a package on hold is then refused while the service
 * still runs, in check mode too.
 *
 * @example
 * ```ts
 * verifyReady({
 *   tasks: [packages({ names: ['rabbitmq-server'], state: 'latest' })],
 * })
 * ```
 */
export const verifyReady = defineModule({
  name: 'verifyReady',
  summary: 'Fail now if one of the later tasks would fail because of a precondition',
  params: z.object({
    tasks: z
      .array(taskParam)
      .min(1)
      .describe('the later tasks, such as packages({ names: […] }); none of them changes anything here'),
  }),
  title: ({ tasks }) => tasks.map(({ name }) => name).join(', '),
  facts: ({ tasks }) => factsOf(tasks),
  plan: ({ tasks }, facts) =>
    plansOf(tasks, facts).flatMap(({ plan }) =>
      requirementsOf(plan).map(requirement => ({ ...requirement, within: 0, final: true as const })),
    ),
})
