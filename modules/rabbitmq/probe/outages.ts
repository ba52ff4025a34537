/** One attempt to open a new connection. */
export interface ConnectionAttempt {
  /** Seconds since the probe started. `from`: the attempt began. `to`: the broker answered, or the attempt failed. */
  readonly from: number
  readonly to: number
  readonly answered: boolean
}

/** A period in which new connections failed. */
export interface Outage {
  /** When the first failed attempt began, in seconds since the probe started. */
  readonly from: number
  /** Seconds until the broker answered an attempt that began later, or until the last failed attempt ended. */
  readonly seconds: number
  readonly failed: number
}

/**
 * Finds the periods in which no new connection was answered. An outage begins with the first failed attempt. It ends
 * when the broker answers the next successful attempt. A single failure between two successful attempts is an outage
 * too.
 */
export function outagesOf(attempts: readonly ConnectionAttempt[]): readonly Outage[] {
  const outages: Outage[] = []
  let open: { from: number; failed: number; last: number } | undefined
  const close = (to: number): void => {
    if (open) outages.push({ from: open.from, seconds: to - open.from, failed: open.failed })
    open = undefined
  }
  for (const { from, to, answered } of attempts.toSorted((a, b) => a.from - b.from)) {
    if (answered) close(to)
    else open = { from: open?.from ?? from, failed: (open?.failed ?? 0) + 1, last: to }
  }
  if (open) close(open.last)
  return outages
}
