import type { Report } from '../engine/events.ts'
import type { DetailOptions } from './text.ts'

export type OutputKind = 'pretty' | 'plain' | 'json'

/** Options of a reporter. */
export interface ReportOptions extends DetailOptions {
  readonly check: boolean
}

/** Reports the events of a run. */
export interface Reporter {
  readonly report: Report
  /** Resolves when everything is written. */
  readonly done: () => Promise<void>
}
