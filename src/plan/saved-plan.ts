import * as z from 'zod'

/** The version of the plan files that this haq writes and reads. */
export const planVersion = 1

const statuses = ['ok', 'changed', 'failed', 'unreachable', 'skipped', 'pending'] as const
const names = z.array(z.string())

const change = z.object({
  what: z.string(),
  from: z.string(),
  to: z.string(),
  diff: z.exactOptional(
    z.object({ before: z.string(), after: z.string(), hidden: z.exactOptional(z.enum(['before', 'after'])) }),
  ),
  attributes: z.exactOptional(z.array(z.object({ name: z.string(), from: z.string(), to: z.string() }))),
})

const failure = z.object({
  message: z.string(),
  hint: z.string().optional(),
  stdout: z.string().optional(),
  stderr: z.string().optional(),
})

const savedTask = z.object({
  event: z.literal('task'),
  play: z.string(),
  host: z.string(),
  task: z.string(),
  module: z.string(),
  /** The number of the task, from 0, among the host's tasks with the same play and name. */
  nth: z.int().min(0),
  status: z.enum(statuses),
  changes: z.array(change),
  /** A SHA-256 for each step, of its text with masked secrets. */
  digests: z.array(z.string()),
  /** All facts were known when the task was planned, so a run must do all of its steps. */
  certain: z.boolean(),
  pending: names,
  failure: failure.optional(),
  seconds: z.number(),
})

const event = z.discriminatedUnion('event', [
  z.object({ event: z.literal('run'), playbook: z.string(), check: z.boolean() }),
  z.object({ event: z.literal('play'), play: z.string(), hosts: names }),
  z.object({ event: z.literal('host'), play: z.string(), host: z.string(), tasks: names, handlers: names }),
  savedTask,
  z.object({ event: z.literal('host-end'), play: z.string(), host: z.string() }),
  z.object({ event: z.literal('play-end'), play: z.string() }),
  z.object({ event: z.literal('warning'), message: z.string() }),
  z.object({
    event: z.literal('recap'),
    check: z.boolean(),
    hosts: z.record(z.string(), z.record(z.enum(statuses), z.int())),
  }),
])

/** The options of the command line that a saved plan keeps. */
const planOptions = z.object({
  limit: z.exactOptional(names),
  tags: z.exactOptional(names),
  extraVars: z.exactOptional(names),
  user: z.exactOptional(z.string()),
  become: z.exactOptional(z.boolean()),
  lab: z.exactOptional(z.boolean()),
})

/** A plan in a file: the changes that a run would make, and the options to make them. It contains no secret. */
export const savedPlan = z.object({
  haq: z.literal('plan'),
  version: z.literal(planVersion),
  /** When the plan was made. */
  created: z.iso.datetime(),
  /** The user who made the plan, and the control node. */
  by: z.string(),
  /** The paths as on the command line, relative to the working directory. */
  playbook: z.string(),
  inventory: z.string(),
  options: planOptions,
  /** The events of check mode, in their order. */
  events: z.array(event),
})

export type SavedPlan = z.output<typeof savedPlan>
export type PlanOptions = z.output<typeof planOptions>
export type SavedEvent = z.output<typeof event>
export type SavedTask = z.output<typeof savedTask>

/** The tasks of a plan, in the order in which they ended. */
export function tasksOf(events: readonly SavedEvent[]): readonly SavedTask[] {
  return events.filter(event => event.event === 'task')
}

/** The hosts of a plan. */
export function hostsOf(events: readonly SavedEvent[]): readonly string[] {
  return [...new Set(events.flatMap(event => (event.event === 'host' ? [event.host] : [])))]
}
