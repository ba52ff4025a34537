import type { Patience } from './connection.ts'

/** The limits of time and memory for a host. Beyond a limit haq disconnects from the host; other hosts go on. */
export interface Limits extends Patience {
  /** Seconds that reading a fact may take. */
  readonly read: number
  /** Seconds that a step may take, if its task has no `timeout`. */
  readonly step: number
  /** The most bytes that a fact or a step may print on each of its two streams. */
  readonly output: number
}

const mebibyte = 1_048_576

/** The highest output limit in MiB, because the output must fit into one string. */
export const mostOutput = 256

/** The default output limit in MiB: twice the largest size of a file that modules edit. */
export const usualOutput = 32

export const usualLimits: Limits = { up: 30, kept: 10, end: 2, read: 120, step: 3600, output: usualOutput * mebibyte }

/** The most bytes that a script may print when it reads several facts. */
export function outputOf(count: number, { output }: Limits): number {
  return Math.min(output * count, mostOutput * mebibyte)
}

/** The output limit from the operator's number. */
export function limitOutput(mebibytes: number): Pick<Limits, 'output'> {
  return { output: mebibytes * mebibyte }
}

/** The limits of one answer. */
export interface Terms {
  /** A description of the script. */
  readonly what: string
  /** The script only reads a fact. */
  readonly isRead?: boolean
  /** Seconds from the end of the script before it. */
  readonly within: number
  /** The most bytes on each stream. */
  readonly output: number
}

/** Why haq disconnects from a host, and a hint. */
type Reason = readonly [why: string, hint?: string]

export function tooLate({ what, isRead, within }: Terms): Reason {
  if (isRead)
    return [
      `no answer in ${within} s, while reading ${what}`,
      'something on the host does not answer, such as a mount or a name server',
    ]
  return [
    `no end of "${what}" in ${within} s`,
    'the step may still run on the host; the task option timeout allows more time',
  ]
}

export function tooMuch({ what, output }: Pick<Terms, 'what' | 'output'>): Reason {
  return [
    `more than ${Math.round((output / mebibyte) * 10) / 10} MiB of output from "${what}"`,
    `if that is right, allow more with --output-limit, up to ${mostOutput} MiB`,
  ]
}
