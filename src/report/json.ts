import type { RunEvent } from '../engine/events.ts'
import type { ReportOptions } from './reporter.ts'
import { printableJson } from './printable.ts'
import { traceObject } from './trace.ts'

/** An event as JSON for programs, one object per line. The recap is the last line of a run. */
export function jsonLines(event: RunEvent, { check, diff, verbosity }: ReportOptions): readonly string[] {
  switch (event.event) {
    case 'task': {
      const { play, host, task, module, status, changes, seconds, pending, failure } = event
      return [
        printableJson({
          event: event.event,
          ...{ play, host, task, module, status },
          changes: diff ? changes : changes.map(({ what, from, to }) => ({ what, from, to })),
          seconds,
          ...(pending.length > 0 && { pending }),
          ...(failure && { failure }),
          ...(check && { check }),
        }),
      ]
    }
    case 'warning':
    case 'recap':
      return [printableJson(event)]
    case 'connected':
    case 'script': {
      const trace = traceObject(event, verbosity)
      return trace ? [printableJson(trace)] : []
    }
    default:
      return []
  }
}
