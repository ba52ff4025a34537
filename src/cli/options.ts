import { UsageError } from '../core/errors.ts'
import { mostOutput } from '../transport/limits.ts'
import type { ReportOptions } from '../report/reporter.ts'

/** The details that the command line asks for. */
export interface DetailFlags {
  readonly diff?: boolean
  readonly showOld?: boolean
  /** How many times `-v` was given. */
  readonly verbose?: number
}

/** What is reported of what a command reads from disk: old content that may hold secrets is not kept there. */
export function keptReportOptions({ diff = false, verbose = 0 }: DetailFlags, check: boolean): ReportOptions {
  return { check, diff, verbosity: verbose }
}

/** What is reported of a run that goes on. */
export function reportOptions(flags: DetailFlags, check: boolean): ReportOptions {
  const { diff = false, showOld = false } = flags
  return { ...keptReportOptions(flags, check), diff: diff || showOld, showOld }
}

/** The number of hosts at a time. @throws {UsageError} unless it is a whole number from 1 to 1000 */
export function parseForks(text: string): number {
  const forks = Number(text)
  if (Number.isInteger(forks) && forks >= 1 && forks <= 1000) return forks
  throw new UsageError(`--forks takes a whole number from 1 to 1000, not ${text}`)
}

/** The most MiB that a fact or a step may print. @throws {UsageError} unless it is a whole number in the limits */
export function parseOutputLimit(text: string): number {
  const mebibytes = Number(text)
  if (Number.isInteger(mebibytes) && mebibytes >= 1 && mebibytes <= mostOutput) return mebibytes
  throw new UsageError(`--output-limit takes a whole number of MiB from 1 to ${mostOutput}, not ${text}`)
}

/** The seconds of an option. @throws {UsageError} unless it is a number from 0 to 86400 */
export function parseSeconds(option: string, text: string): number {
  const seconds = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && seconds <= 86_400) return seconds
  throw new UsageError(`${option} takes seconds from 0 to 86400, not ${text}`)
}
