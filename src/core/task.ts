import type { Problem } from './errors.ts'
import type { Facts } from './fact.ts'
import type { Plan } from './step.ts'

/** What can be said of any task, beside its module's parameters. */
export interface TaskOptions {
  /** Shown instead of the module's own title. */
  readonly name?: string
  /** Handlers to run, once, after the play's tasks, when this task changed something. */
  readonly notify?: readonly Task[]
  readonly tags?: readonly string[]
  /** Seconds that each of its steps may take, up to 604,800; 3,600 when left out. */
  readonly timeout?: number
}

/** A module with its parameters: a value that can be planned on any host. */
export interface Task {
  readonly module: string
  readonly name: string
  /** The checked parameters. */
  readonly params: Readonly<Record<string, unknown>>
  readonly facts: Facts
  /** The plan for values of the facts above. */
  readonly plan: (values: Readonly<Record<string, unknown>>) => Plan
  readonly notify: readonly Task[]
  readonly tags: readonly string[]
  /** Seconds that each of its steps may take, where it says so. */
  readonly timeout?: number | undefined
  /** Set for a handler: the name under which it is pending on a host. */
  readonly handlerId: string | undefined
  /** What is wrong with the parameters. */
  readonly problems: readonly Problem[]
}

/** Whether a value is a task. A playbook in JavaScript may hold anything, such as the `false` of a condition. */
export function isTask(value: unknown): value is Task {
  return (
    typeof value === 'object' &&
    value !== null &&
    'plan' in value &&
    'facts' in value &&
    'problems' in value &&
    'notify' in value
  )
}
