import { utf8Text, type ByteString } from '../core/bytes.ts'
import { JournalError, StepError, type ScriptOutcome } from '../core/errors.ts'
import { lines, sh } from '../core/shell.ts'
import type { Step } from '../core/step.ts'
import type { Task } from '../core/task.ts'
import { markPending } from '../facts/pending.ts'
import type { Frame } from '../transport/frames.ts'
import type { HostShell, LabelledScript } from '../transport/host-shell.ts'
import { lastLines } from './last-lines.ts'
import type { TaskRecorder } from './recorder.ts'
import { stepScript } from './step-script.ts'

/** Result of applying a task's steps. */
export interface Applied {
  /** Output of the steps that succeeded. */
  readonly outcomes: readonly ScriptOutcome[]
  /** Set when the step after those failed. */
  readonly failure: StepError | undefined
}

/**
 * Applies the steps of a task, in one round trip: each starts only when the one before it has succeeded, and none any
 * more once the run is interrupted. The task's handlers are marked as pending on the host in the same script, before
 * the change: a run that dies between the two leaves a pending handler, never a change without one.
 * @param onStep told of every step that was done, when it is done
 * @throws {ConnectError} when the connection is lost, or a step takes too long or prints too much
 * @throws {JournalError} when the journal has lost records: nothing was sent
 */
export async function applySteps(
  shell: HostShell,
  host: string,
  task: Task,
  steps: readonly Step[],
  recorder: TaskRecorder | undefined,
  onStep: (step: Step) => void,
): Promise<Applied> {
  const marks = task.notify.flatMap(handler =>
    handler.handlerId === undefined ? [] : [markPending(handler.handlerId)],
  )
  // Written down before they are sent: of a run that dies now, nobody can say later which of them the host still did.
  const records = steps.map(step => recorder?.begin(step))
  if (recorder?.isLost())
    throw new JournalError("the journal can't be written, and what is changed now could not be undone", {
      host,
      task: task.name,
      hint: 'make room where journals lie (XDG_STATE_HOME, ~/.local/state), and run again',
    })
  const answers = send(
    shell,
    steps.map((step, i) => ({
      script: lines(...marks, records[i]?.prepare ?? sh`:`, stepScript(step)),
      what: step.change.what,
      within: task.timeout,
    })),
  )
  const outcomes: ScriptOutcome[] = []
  let failure: StepError | undefined
  await Promise.all(
    steps.map(async (step, i) => {
      const frame = await answers[i]
      if (!frame) {
        records[i]?.skipped()
        return
      }
      records[i]?.ended(frame.status !== 0)
      const outcome = outcomeOf(frame)
      if (frame.status !== 0) {
        failure = stepError(step, outcome, host, task)
        return
      }
      outcomes.push(outcome)
      onStep(step)
    }),
  )
  return { outcomes, failure }
}

/** A chain has a reader beside it on the host; a script alone does without. */
function send(shell: HostShell, scripts: readonly LabelledScript[]): readonly Promise<Frame | undefined>[] {
  const [only] = scripts
  return only && scripts.length === 1 ? [shell.run(only.script, only.what, only.within)] : shell.chain(scripts)
}

/** Characters that are kept of each stream of a step, for an error. */
const keptOutput = 65_536

/** Characters that a line may have which becomes the message of an error. */
const longestMessage = 1000

function outcomeOf({ status, stdout, stderr }: Frame): ScriptOutcome {
  const kept = (stream: ByteString): string => lastLines(utf8Text(stream).trimEnd(), keptOutput)
  return { status, stdout: kept(stdout), stderr: kept(stderr) }
}

function stepError(step: Step, outcome: ScriptOutcome, host: string, task: Task): StepError {
  const explained = step.kind === 'run' ? step.explain?.(`${outcome.stdout}\n${outcome.stderr}`) : undefined
  const why = explained || outcome.stderr.split('\n').at(-1) || outcome.stdout.split('\n').at(-1)
  const message = `${step.change.what}: ${why ? lastLines(why, longestMessage) : `exit status ${outcome.status}`}`
  return new StepError(message, outcome, { host, task: task.name })
}
