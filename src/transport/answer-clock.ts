import type { Waiting } from './answers.ts'

/** Tells when the answer is late that must come next: its time runs from when the answer before it has come. */
export class AnswerClock {
  readonly #late: (waiting: Waiting) => void
  #timer: NodeJS.Timeout | undefined
  #next: Waiting | undefined

  constructor(late: (waiting: Waiting) => void) {
    this.#late = late
  }

  /** @param next whose answer must come next, if anyone's */
  watch(next: Waiting | undefined): void {
    if (next === this.#next) return
    clearTimeout(this.#timer)
    this.#next = next
    // How long a host may take to log in is the connection's own concern.
    if (!next || next.isGreeting) return
    this.#timer = setTimeout(() => this.#late(next), next.within * 1000)
    this.#timer.unref()
  }
}
