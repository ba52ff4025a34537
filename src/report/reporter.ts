import type { Report } from '../engine/events.ts'
import type { DetailOptions } from './text.ts'

export type OutputKind = 'pretty' | 'plain' | 'json'

/** How a run is reported. */
export interface ReportOptions extends DetailOptions {
  readonly check: boolean
}

/** Where the events of a run go. */
export interface Reporter {
  readonly report: Report
  /** Resolves when everything is written. */
  readonly done: () => Promise<void>
}
