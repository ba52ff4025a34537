import type * as z from 'zod'
import type { Facts, Values } from './fact.ts'
import type { Problem } from './errors.ts'
import type { Plan } from './step.ts'
import type { Task, TaskOptions } from './task.ts'
import { optionProblems } from './task-options.ts'
import { schemaProblems } from './schema.ts'

/** A module as its author writes it: data and pure functions. */
export interface ModuleDefinition<P extends z.ZodObject, F extends Facts> {
  /** The name under which playbooks import it. */
  readonly name: string
  /** One sentence for `haq doc`. */
  readonly summary: string
  /** Schema of the parameters, each with a description. */
  readonly params: P
  /** What must be read on the host. */
  readonly facts: (params: z.output<P>) => F
  /** What must be done, given the facts; empty when there is nothing to do. */
  readonly plan: (params: z.output<P>, facts: Values<F>) => Plan
  /** What tells one task of this module from another in the output, such as the name of a service. */
  readonly title?: (params: z.output<P>) => string
  /**
   * For a module that can be a handler: the name under which it is pending on a host, from the moment that a task
   * notifies it until it has run. Its plan is empty unless it is pending.
   */
  readonly handlerId?: (params: z.output<P>) => string | undefined
}

/** A module as playbooks call it: parameters in, a task out. */
export interface Module<P extends z.ZodObject = z.ZodObject, F extends Facts = Facts> {
  (params: z.input<P>, options?: TaskOptions): Task
  readonly definition: ModuleDefinition<P, F>
}

/** A module whatever its parameters and facts are. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- parameters stand in both directions; no other type takes every module
export type AnyModule = Module<any, any>

/**
 * Makes a module. Calling it checks the parameters (unknown ones are refused) and returns a task; nothing is read or
 * done before a run.
 */
export function defineModule<P extends z.ZodObject, F extends Facts>(definition: ModuleDefinition<P, F>): Module<P, F> {
  const schema = definition.params.strict()

  const module = (input: z.input<P>, options: TaskOptions = {}): Task => {
    const parsed = schema.safeParse(input)
    const problems = [
      ...(parsed.success ? [] : schemaProblems(parsed.error, definition.name)),
      ...optionProblems(options, definition.name),
    ]
    // A task with problems never meets a host: the playbook is refused as a whole, with the problems of all its tasks.
    if (!parsed.success || problems.length > 0) return brokenTask(definition.name, problems)
    const params = parsed.data as z.output<P>
    const facts: unknown = definition.facts(params)
    if (typeof facts !== 'object' || facts === null)
      throw new TypeError(`module ${definition.name} has no facts; {} is none`)
    const title = definition.title?.(params)
    return {
      module: definition.name,
      name: options.name ?? (title ? `${definition.name} ${title}` : definition.name),
      facts: facts as F,
      plan: values => definition.plan(params, values as Values<F>),
      notify: options.notify ?? [],
      tags: options.tags ?? [],
      timeout: options.timeout,
      handlerId: definition.handlerId?.(params),
      problems: [],
      params,
    }
  }
  return Object.assign(module, { definition })
}

function brokenTask(name: string, problems: readonly Problem[]): Task {
  return {
    module: name,
    name,
    facts: {},
    plan: () => [],
    notify: [],
    tags: [],
    handlerId: undefined,
    problems,
    params: {},
  }
}

export function isModule(value: unknown): value is AnyModule {
  return typeof value === 'function' && 'definition' in value
}
