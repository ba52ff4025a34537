import type { FactRecord, StepRecord } from '../engine/recorder.ts'
import type { Journal, JournalStep } from './journal.ts'
import { needsNoUndo, type UndoableStep } from './undo-steps.ts'

/** The steps of one task. */
export type TaskOf<S extends StepRecord> = readonly [S, ...S[]]

/** Steps by their tasks, in the order in which the tasks come. */
export function byTask<S extends StepRecord>(steps: readonly S[]): readonly TaskOf<S>[] {
  const tasks = new Map<number, [S, ...S[]]>()
  for (const step of steps) {
    const task = tasks.get(step.first)
    if (task) task.push(step)
    else tasks.set(step.first, [step])
  }
  return [...tasks.values()]
}

/**
 * What a task's facts were before its steps, where the undo must restore them: everything that the run did after
 * them is undone first, in strict reverse order. Elsewhere it can't be told what the facts will be, and the undo is
 * trusted.
 *
 * @param steps the task's own
 * @param all every step that is undone
 */
export function factsBefore(
  journal: Journal,
  steps: TaskOf<UndoableStep>,
  all: readonly UndoableStep[],
): readonly FactRecord[] | undefined {
  const [step] = steps
  const before = journal.before.get(step.first)
  if (!before) return undefined
  const keys = new Set(before.map(({ key }) => key))
  const areSaid = steps.every(({ predicts = [] }) => predicts.length > 0 && predicts.every(key => keys.has(key)))
  if (!areSaid) return undefined
  const shared = before.some(record => record.shared)
  const undone = new Set(all.map(({ seq }) => seq))
  // What hosts did side by side has no order that could be turned round.
  const isBeside = ({ host, play }: JournalStep): boolean =>
    host !== step.host && play === step.play && serialOf(journal, play) !== 1
  const isInOrder = journal.steps
    .filter(other => shared || other.host === step.host)
    .filter(other => other.seq >= step.first || isBeside(other))
    .every(other => !isBeside(other) && (undone.has(other.seq) || needsNoUndo(other)))
  return isInOrder ? before : undefined
}

/** How many hosts at a time a play of a run went through, or ran their handlers. */
export function serialOf(
  { events }: Journal,
  play: string,
  what: 'serial' | 'serialHandlers' = 'serial',
): number | undefined {
  const said = events.flatMap(event => (event.event === 'play' && event.play === play ? [event[what] ?? Infinity] : []))
  const serial = Math.min(...said)
  return serial === Infinity ? undefined : serial
}
