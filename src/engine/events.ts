import type { Change } from '../core/step.ts'
import type { ShellEvent } from '../transport/shell-event.ts'

export type TaskStatus = 'ok' | 'changed' | 'failed' | 'unreachable' | 'skipped' | 'pending'

/** What went wrong, as an operator needs it. */
export interface Failure {
  readonly message: string
  readonly hint?: string | undefined
  /** What the failing step wrote. */
  readonly stdout?: string | undefined
  readonly stderr?: string | undefined
}

interface TaskStarted {
  readonly event: 'task-start'
  readonly play: string
  readonly host: string
  readonly task: string
}

export interface TaskEnded {
  readonly event: 'task'
  readonly play: string
  readonly host: string
  readonly task: string
  readonly module: string
  readonly status: TaskStatus
  /** What was changed; in check mode, what a run would change. */
  readonly changes: readonly Change[]
  readonly seconds: number
  /** Requirements that only the run can meet, in check mode. */
  readonly pending: readonly string[]
  readonly failure?: Failure | undefined
}

export type HostRecap = Record<TaskStatus, number>

/** The recap of a host on which no task has ended. */
export function emptyRecap(): HostRecap {
  return { ok: 0, changed: 0, failed: 0, unreachable: 0, skipped: 0, pending: 0 }
}

/** Everything that is said of a run while it goes on: reports are made of nothing else. */
export type RunEvent =
  | { readonly event: 'run'; readonly playbook: string; readonly check: boolean }
  | {
      readonly event: 'play'
      readonly play: string
      readonly hosts: readonly string[]
      /** How many hosts at a time, where the play says so. */
      readonly serial?: number
      /** How many run their handlers at a time, once all have done the tasks. */
      readonly serialHandlers?: number
    }
  | TaskStarted
  | TaskEnded
  | {
      /** A host starts on a play; handlers, which run only when they are pending, stand after the tasks. */
      readonly event: 'host'
      readonly play: string
      readonly host: string
      readonly tasks: readonly string[]
      readonly handlers: readonly string[]
    }
  | { readonly event: 'host-end'; readonly play: string; readonly host: string }
  | { readonly event: 'play-end'; readonly play: string }
  | { readonly event: 'warning'; readonly message: string }
  /** What the shells did, where somebody asked for it. */
  | (ShellEvent & { readonly host: string })
  | { readonly event: 'recap'; readonly check: boolean; readonly hosts: Readonly<Record<string, HostRecap>> }

export type Report = (event: RunEvent) => void
