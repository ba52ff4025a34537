import type { StepRecord } from '../engine/recorder.ts'
import type { Journal, JournalStep } from './journal.ts'

/** A step of a run that can be undone. */
export interface UndoableStep extends StepRecord {
  readonly undo: Exclude<StepRecord['undo'], { kind: 'impossible' | 'handler' }>
}

/** A step of a run that can't be undone. */
export interface ImpossibleStep {
  readonly host: string
  readonly task: string
  readonly what: string
  readonly reason: string
}

/** What a run did on some hosts, sorted by whether it can be undone. */
export interface UndoSteps {
  /** The last one first. */
  readonly steps: readonly UndoableStep[]
  readonly impossible: readonly ImpossibleStep[]
}

/** Finds what can be undone of a run on some of its hosts. */
export function undoSteps({ steps }: Journal, hosts: ReadonlySet<string>): UndoSteps {
  const undoable: UndoableStep[] = []
  const impossible: ImpossibleStep[] = []
  for (const step of steps) {
    if (!hosts.has(step.host)) continue
    const { undo } = step
    if (needsNoUndo(step)) continue
    const reason =
      undo.kind === 'impossible'
        ? undo.reason
        : step.ended === 'never'
          ? 'the run ended in the middle of it'
          : step.ended === 'failed'
            ? 'it failed, and what it did until then is not known'
            : step.proven
              ? undefined
              : 'the run ended before the host was read again'
    if (reason !== undefined) impossible.push({ host: step.host, task: step.task, what: step.change.what, reason })
    else if (undo.kind !== 'impossible' && undo.kind !== 'handler') undoable.push({ ...step, undo })
  }
  return { steps: undoable.toReversed(), impossible }
}

/** A handler runs again by itself; and a file is replaced at once, so that a step which failed left the old one. */
export function needsNoUndo({ undo, ended }: JournalStep): boolean {
  return undo.kind === 'handler' || (undo.kind === 'file' && ended === 'failed')
}

/** Names an undo after what it undoes. The undo of an undo has the name of what was undone first. */
export function undoName(name: string, prefix: 'undo ' | 'undo of '): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : `${prefix}${name}`
}
