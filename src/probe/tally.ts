/** What became of numbered messages. */
export class Tally {
  #sent = 0
  readonly #confirmed = new Set<number>()
  readonly #seen = new Map<number, number>()
  /** Connections that broke under the publisher or the consumer. */
  broken = 0
  /** Confirms that said no. */
  refused = 0
  /** Why a connection could not be opened, as it was said last. */
  trouble: string | undefined

  /** @returns the number of the next message */
  send(): number {
    return this.#sent++
  }

  confirm(message: number): void {
    this.#confirmed.add(message)
  }

  receive(message: number): void {
    this.#seen.set(message, (this.#seen.get(message) ?? 0) + 1)
  }

  /** Messages that a broker has taken on, and that no consumer has seen yet. */
  missing(): readonly number[] {
    return [...this.#confirmed].filter(message => !this.#seen.has(message))
  }

  counts(): MessageCounts {
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
  readonly brokenConnections: number
}
