import type { Patience } from './connection.ts'

/** What a host may take of time and memory. What goes beyond costs it its connection; the other hosts go on. */
export interface Limits extends Patience {
  /** Seconds that reading a fact may take. */
  readonly read: number
  /** Seconds that a step may take, where its task does not say it. */
  readonly step: number
  /** Bytes that a fact or a step may print, on each of its two streams. */
  readonly output: number
}

const mebibyte = 1_048_576

/** MiB to which the limit for output can be raised: what is printed must fit into one string. */
export const mostOutput = 256

/** MiB that a fact or a step may print where nothing else is said: twice of what a file may have that a module edits. */
export const usualOutput = 32

export const usualLimits: Limits = { up: 30, kept: 10, end: 2, read: 120, step: 3600, output: usualOutput * mebibyte }

/** Bytes that a script may print which reads several facts. */
export function outputOf(count: number, { output }: Limits): number {
  return Math.min(output * count, mostOutput * mebibyte)
}

/** The limit for output, as an operator sets it. */
export function limitOutput(mebibytes: number): Pick<Limits, 'output'> {
  return { output: mebibytes * mebibyte }
}

/** Within what an answer of a host must stay. */
export interface Terms {
  /** What is waited for, in words. */
  readonly what: string
  /** It changes nothing. */
  readonly isRead?: boolean
  /** Seconds, from when what was sent before it has ended. */
  readonly within: number
  /** Bytes, on each stream. */
  readonly output: number
}

/** Why a connection is given up, and what the operator can do. */
type Reason = readonly [why: string, hint?: string]

export function tooLate({ what, isRead, within }: Terms): Reason {
  if (isRead)
    return [
      `no answer in ${within} s, while reading ${what}`,
      'something hangs there, such as a mount or a name server',
    ]
  return [
    `no end of "${what}" in ${within} s`,
    'it may still go on there; its task gets more time by the option timeout',
  ]
}

export function tooMuch({ what, output }: Pick<Terms, 'what' | 'output'>): Reason {
  return [
    `more than ${Math.round((output / mebibyte) * 10) / 10} MiB were printed by "${what}"`,
    `if that is right, allow more with --output-limit, up to ${mostOutput} MiB`,
  ]
}
