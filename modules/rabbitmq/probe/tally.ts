/** What became of numbered messages. */
export class Tally {
  readonly #clock: () => number
  #sent = 0
  readonly #confirmed = new Set<number>()
  readonly #seen = new Map<number, number>()
  #confirmedAt = 0
  #longestSilence = 0
  /** Connections that broke under the publisher or the consumer. */
  broken = 0
  /** Confirms that said no. */
  refused = 0
  /** Why a connection could not be opened, as it was said last. */
  trouble: string | undefined

  /** @param clock seconds since the first message could be sent */
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

  /** Messages that a broker has taken on, and that no consumer has seen yet. */
  missing(): readonly number[] {
    return [...this.#confirmed].filter(message => !this.#seen.has(message))
  }

  /** @param end when messages were no longer sent, by the clock */
  counts(end: number): MessageCounts {
    const deliveries = [...this.#seen.values()].reduce((sum, times) => sum + times, 0)
    return {
      sent: this.#sent,
      confirmed: this.#confirmed.size,
      refused: this.refused,
      // A connection broke before the broker could say: it may have come through, and its sender has to send it again.
      unanswered: this.#sent - this.#confirmed.size - this.refused,
      received: this.#seen.size,
      duplicates: deliveries - this.#seen.size,
      lost: this.missing().length,
      longestSilence: this.#silenceUntil(end),
      brokenConnections: this.broken,
    }
  }
}

/** How many messages went which way. */
export interface MessageCounts {
  readonly sent: number
  readonly confirmed: number
  readonly refused: number
  readonly unanswered: number
  /** Different ones. */
  readonly received: number
  readonly duplicates: number
  /** Confirmed, and never received. */
  readonly lost: number
  /** The longest time in which the publisher got no confirm, in seconds. */
  readonly longestSilence: number
  readonly brokenConnections: number
}
