import type { HaqError } from '../core/errors.ts'
import type { Facts } from '../core/fact.ts'
import type { Step } from '../core/step.ts'
import type { Task } from '../core/task.ts'
import type { CompiledPlay } from '../playbook/compile.ts'
import type { PendingHandlers } from './pending-handlers.ts'
import type { Report } from './events.ts'
import type { Hosts } from './hosts.ts'
import type { PlannedTask } from './planned.ts'
import type { Predictions } from './predictions.ts'
import type { Readers } from './readers.ts'
import type { RunRecorder } from './recorder.ts'

/** What the host runs of a run share. */
export interface RunContext {
  readonly hosts: Hosts
  readonly readers: Readers
  /** What a host's tasks in the plays after one ask, as far as they are known, where they may soon be reached. */
  readonly later: (play: CompiledPlay, host: string) => readonly Facts[]
  readonly report: Report
  readonly interrupted: () => boolean
  readonly selects: (tags: readonly string[]) => boolean
  readonly playbookSource: string
  /** In check mode: the hosts as the steps planned so far would leave them. */
  readonly predictions: Predictions | undefined
  /** Secrets that a playbook makes itself stand in the parameters of its tasks. */
  readonly learnSecrets: (tasks: readonly Task[]) => void
  /** Hosts on which an earlier task changes something. */
  readonly changing: Set<string>
  readonly recorder: RunRecorder | undefined
  /** The pending handlers of each host. */
  readonly pendingHandlers: PendingHandlers
  readonly approve: (task: Omit<PlannedTask, 'steps'>, steps: readonly Step[]) => HaqError | undefined
}
