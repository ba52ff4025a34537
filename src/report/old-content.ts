import type { RunEvent } from '../engine/events.ts'
import { MaskedText } from '../core/secret.ts'
import type { Change } from '../core/step.ts'

/** An event with the old content that it hides revealed, for the screen of somebody who asked for it. */
export function withOldShown(event: RunEvent): RunEvent {
  return event.event === 'task' ? { ...event, changes: event.changes.map(revealed) } : event
}

function revealed({ diff, ...change }: Change): Change {
  if (!diff) return change
  const show = (text: string | MaskedText): string => (text instanceof MaskedText ? text.reveal() : text)
  return { ...change, diff: { before: show(diff.before), after: show(diff.after) } }
}
