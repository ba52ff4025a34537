/** A new connection that was tried. */
export interface Knock {
  /** Seconds from the probe's beginning: when it was tried, and when it was answered or given up. */
  readonly from: number
  readonly to: number
  readonly answered: boolean
}

/** A time in which new connections failed. */
export interface Outage {
  /** Seconds from the probe's beginning: when the first connection that failed was tried. */
  readonly from: number
  /** Seconds until a connection was answered that was tried after that; to the probe's end where none was. */
  readonly seconds: number
  readonly failed: number
}

/**
 * The times in which no new connection was answered: each begins with the first try that failed, and ends with the answer
 * to the first good one that was tried after that. Single failures among good ones are outages of their own.
 */
export function outagesOf(knocks: readonly Knock[]): readonly Outage[] {
  const outages: Outage[] = []
  let open: { from: number; failed: number; last: number } | undefined
  const close = (to: number): void => {
    if (open) outages.push({ from: open.from, seconds: to - open.from, failed: open.failed })
    open = undefined
  }
  for (const { from, to, answered } of knocks.toSorted((a, b) => a.from - b.from)) {
    if (answered) close(to)
    else open = { from: open?.from ?? from, failed: (open?.failed ?? 0) + 1, last: to }
  }
  if (open) close(open.last)
  return outages
}
