/** Counts what happened to the numbered messages of a probe. */
export class MessageCounters {
  readonly #clock: () => number
  #sent = 0
  readonly #confirmed = new Set<number>()
  readonly #seen = new Map<number, number>()
  #confirmedAt = 0
  #longestSilence = 0
  /** How many connections of the publisher or the consumer broke. */
  broken = 0
  /** How many messages the broker refused (negative confirms). */
  refused = 0
  /** The last error when opening a connection. */
  trouble: string | undefined

  /** @param clock seconds since the probe started */
  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** @returns the number of the next message */
  send(): number {
    return this.#sent++
  }

  confirm(message: number): void {
    this.#confirmed.add(message)
    const now = this.#clock()
    this.#longestSilence = this.#silenceUntil(now)
    this.#confirmedAt = now
  }

  #silenceUntil(now: number): number {
    return Math.max(this.#longestSilence, now - this.#confirmedAt)
  }

  receive(message: number): void {
    this.#seen.set(message, (this.#seen.get(message) ?? 0) + 1)
  }

  /** Messages that a broker has confirmed and that no consumer has received yet. */
  missing(): readonly number[] {
    return [...this.#confirmed].filter(message => !this.#seen.has(message))
  }

  /** @param end when the publisher stopped, in seconds since the probe started */
  counts(end: number): MessageCounts {
    const deliveries = [...this.#seen.values()].reduce((sum, times) => sum + times, 0)
    return {
      sent: this.#sent,
      confirmed: this.#confirmed.size,
      refused: this.refused,
      // The connection broke before the broker answered. The broker may have the message; the publisher must send it
      // again.
      unanswered: this.#sent - this.#confirmed.size - this.refused,
      received: this.#seen.size,
      duplicates: deliveries - this.#seen.size,
      lost: this.missing().length,
      longestSilence: this.#silenceUntil(end),
      brokenConnections: this.broken,
    }
  }
}

/** The number of messages by outcome. */
export interface MessageCounts {
  readonly sent: number
  readonly confirmed: number
  readonly refused: number
  readonly unanswered: number
  /** Without duplicates. */
  readonly received: number
  readonly duplicates: number
  /** Confirmed, but never received. */
  readonly lost: number
  /** The longest time without a confirm, in seconds. */
  readonly longestSilence: number
  readonly brokenConnections: number
}
