import * as z from 'zod'
import type { Problem } from './errors.ts'
import { schemaProblems } from './schema.ts'
import { isTask } from './task.ts'

const takesSeconds = 'takes seconds, more than 0 and up to 604800'

const options = z.strictObject(
  {
    name: z.string({ error: 'takes a text' }).optional(),
    notify: z
      .array(z.custom(isTask, { error: 'takes a handler, such as service({ … }) with state restarted' }), {
        error: 'takes a list of handlers',
      })
      .optional(),
    tags: z.array(z.string({ error: 'takes a word' }), { error: 'takes a list of words' }).optional(),
    timeout: z
      .number({ error: takesSeconds })
      .positive({ error: takesSeconds })
      .max(604_800, { error: takesSeconds })
      .optional(),
  },
  {
    error: issue =>
      issue.code === 'unrecognized_keys' ? undefined : 'options of a task are { name, notify, tags, timeout }',
  },
)

/** What is wrong with the options of a task. */
export function optionProblems(given: unknown, module: string): readonly Problem[] {
  const { error } = options.safeParse(given)
  return error ? schemaProblems(error, module) : []
}
