import type { RunEvent } from '../engine/events.ts'

/** One JSON object a line, for programs: every task on every host, warnings, and the recap as the last line. */
export function jsonLines(event: RunEvent, check: boolean, diff: boolean): readonly string[] {
  switch (event.event) {
    case 'task': {
      const { changes, pending, failure, ...task } = event
      return [
        JSON.stringify({
          ...task,
          changes: diff ? changes : changes.map(({ what, from, to }) => ({ what, from, to })),
          ...(pending.length > 0 && { pending }),
          ...(failure && { failure }),
          ...(check && { check }),
        }),
      ]
    }
    case 'warning':
    case 'recap':
      return [JSON.stringify(event)]
    default:
      return []
  }
}
