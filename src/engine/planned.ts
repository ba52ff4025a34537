import { utf8Text } from '../core/bytes.ts'
import type { HaqError } from '../core/errors.ts'
import { isKnown } from '../core/fact.ts'
import type { Step } from '../core/step.ts'

/** One step of a task, in words and with its secrets masked. */
export interface PlannedStep {
  readonly what: string
  readonly to: string
  /** Everything of it that a host is sent. */
  readonly text: string
}

/** A task's steps: in check mode those that it shows, in a run those that are about to be applied. */
export interface PlannedTask {
  readonly play: string
  readonly host: string
  readonly task: string
  readonly steps: readonly PlannedStep[]
  /** Nothing that it was planned from was unknown or still to be met. */
  readonly certain: boolean
}

/**
 * Sees every task that was planned, those without steps included, before its first step; the tasks of a host come in
 * their order. The error that it gives, if any, fails the task.
 */
export type Approve = (planned: PlannedTask) => HaqError | undefined

/** A step as it may be shown and kept. @param redact the last line of defence against secrets */
export function plannedStep(step: Step, redact: (text: string) => string): PlannedStep {
  const { what, to } = step.change
  return { what: redact(what), to: redact(to), text: JSON.stringify(stepParts(step).map(redact)) }
}

function stepParts(step: Step): readonly string[] {
  switch (step.kind) {
    case 'write': {
      const { kind, path, mode, owner, group, content, validate } = step
      return [kind, path, mode, owner, group, utf8Text(String(content)), String(validate ?? '')]
    }
    case 'remove':
      return [step.kind, step.path]
    case 'run':
      return [step.kind, String(step.script)]
  }
}

/** Whether a value holds something that only the run can tell, however deep. */
export function holdsUnknown(value: unknown, seen = new Set<unknown>()): boolean {
  if (!isKnown(value)) return true
  if (typeof value !== 'object' || value === null || seen.has(value)) return false
  seen.add(value)
  return Object.values(value).some(part => holdsUnknown(part, seen))
}
