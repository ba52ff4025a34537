import { inspect } from 'node:util'
import * as z from 'zod'
import type { Problem } from '../core/errors.ts'
import { schemaProblems } from '../core/schema.ts'
import { isTask, type Task } from '../core/task.ts'

// TypeScript finds most mistakes of a playbook, where its author asks it. haq compiles without asking, so that anything may
// stand anywhere.

/** A value in a few words, for a sentence that says what it should have been. */
export function inWords(value: unknown): string {
  if (value instanceof Promise) {
    // What is wrong with it is told; that it may fail, too, must not end the process.
    value.catch(() => undefined)
    return 'a promise; await it'
  }
  if (typeof value === 'function') return 'definition' in value ? 'a module that is not called' : 'a function'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (isTask(value)) return `the task ${value.name}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return inspect(value)
}

const takes =
  (what: string) =>
  ({ input }: { readonly input?: unknown }): string =>
    `takes ${what}, not ${inWords(input)}`

const isNamed = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'

const count = z.int({ error: takes('a whole number from 1') }).min(1, { error: takes('a whole number from 1') })
const flag = z.boolean({ error: takes('true or false') })

const playOptions = z.strictObject({
  hosts: z.array(z.custom(isNamed, { error: takes('a host of the inventory') }), {
    error: takes("a group of the inventory, such as group('web'), or a list of hosts"),
  }),
  serial: count.optional(),
  serialHandlers: count.optional(),
  anyErrorsFatal: flag.optional(),
  tags: z.array(z.string({ error: takes('a word') }), { error: takes('a list of words') }).optional(),
  reconnect: flag.optional(),
  rescue: z.custom(value => typeof value === 'function', { error: takes('a function that gives tasks') }).optional(),
  facts: z
    .record(
      z.string(),
      z.custom(value => typeof value === 'object' && value !== null && 'script' in value && 'parse' in value, {
        error: takes('a fact, such as osRelease'),
      }),
      { error: takes('facts by name, such as { os: osRelease }') },
    )
    .optional(),
})

/** What is wrong with the words of `play(name, options, tasks)`, each as a sentence without its subject. */
export function playMistakes(name: unknown, options: unknown, tasks: unknown): readonly string[] {
  if (typeof options !== 'object' || options === null)
    return [`takes a name, then options such as { hosts: group('web') }, then a function that gives tasks`]
  const { error } = playOptions.safeParse(options)
  return [
    ...(typeof name === 'string' && name !== '' ? [] : [`name ${takes('a text')({ input: name })}`]),
    ...(error ? schemaProblems(error, '').map(({ path, message }) => `${path} ${message}`.trimStart()) : []),
    ...(typeof tasks === 'function'
      ? []
      : [`its third word ${takes('a function that gives the tasks of a host')({ input: tasks })}`]),
  ]
}

/** What is wrong with the words of `playbook({ name, vars, plays })`. */
export function playbookMistakes(definition: unknown): readonly string[] {
  const { error } = z
    .strictObject(
      {
        name: z.string({ error: takes('a text') }).min(1, { error: takes('a text') }),
        vars: z
          .instanceof(z.ZodObject, { error: takes('a schema such as z.object({ … })') })
          .check(({ value, issues }) => {
            for (const [name, field] of Object.entries(value.shape))
              if (!(field instanceof z.ZodType))
                issues.push({
                  code: 'custom',
                  input: field,
                  path: [name],
                  message: takes('a schema')({ input: field }),
                })
          })
          .optional(),
        plays: z.custom(value => typeof value === 'function', {
          error: takes('a function that gives a list of plays'),
        }),
      },
      { error: issue => (issue.code === 'unrecognized_keys' ? undefined : 'playbook takes { name, vars, plays }') },
    )
    .safeParse(definition)
  return error ? schemaProblems(error, '').map(({ path, message }) => `${path} ${message}`.trimStart()) : []
}

/** What is wrong with tasks and with the handlers that they notify; paths start at the task. */
export function taskProblems(tasks: readonly Task[], source: string): readonly Problem[] {
  return tasks.flatMap((task, index) => {
    if (!isTask(task)) return [{ source, path: `tasks[${index}]`, message: `takes a task, not ${inWords(task)}` }]
    const own = task.problems.map(({ source: module, path, message }) => ({
      source,
      path: `${module} ${path}`.trimEnd(),
      message,
    }))
    const wrongHandlers = task.notify
      .filter(handler => handler.handlerId === undefined && handler.problems.length === 0)
      .map(handler => ({
        source,
        path: `${task.name} notify`,
        message: `${handler.name} is not a handler; service with state restarted or reloaded is a handler`,
      }))
    return [...own, ...wrongHandlers, ...taskProblems(task.notify, source)]
  })
}
