import type { FactRecord, StepRecord } from '../engine/recorder.ts'
import type { Journal, JournalStep } from './journal.ts'
import { needsNoWayBack, type UndoableStep } from './way-back.ts'

/** The task that a step belongs to. An older haq did not write it down: each step was one. */
export function taskOf({ first, seq }: StepRecord): number {
  return first ?? seq
}

/** The steps of one task. */
export type TaskOf<S extends StepRecord> = readonly [S, ...S[]]

/** Steps by their tasks, in the order in which the tasks come. */
export function byTask<S extends StepRecord>(steps: readonly S[]): readonly TaskOf<S>[] {
  const tasks = new Map<number, [S, ...S[]]>()
  for (const step of steps) {
    const task = tasks.get(taskOf(step))
    if (task) task.push(step)
    else tasks.set(taskOf(step), [step])
  }
  return [...tasks.values()]
}

/**
 * What a task's facts were before its steps, where the way back must bring them back: everything that the run did after
 * them is undone first, in strict reverse order. Elsewhere it can't be told what the facts will be, and the way back is
 * believed.
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
  const before = journal.before.get(taskOf(step))
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
    .filter(other => other.seq >= taskOf(step) || isBeside(other))
    .every(other => !isBeside(other) && (undone.has(other.seq) || needsNoWayBack(other)))
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
