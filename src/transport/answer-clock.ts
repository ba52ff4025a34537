import type { Waiting } from './answers.ts'

/** Reports when the next answer is late. The time of an answer starts when the answer before it has arrived. */
export class AnswerClock {
  readonly #late: (waiting: Waiting) => void
  #timer: NodeJS.Timeout | undefined
  #next: Waiting | undefined

  constructor(late: (waiting: Waiting) => void) {
    this.#late = late
  }

  /** @param next the script whose answer comes next, if there is one */
  watch(next: Waiting | undefined): void {
    if (next === this.#next) return
    clearTimeout(this.#timer)
    this.#next = next
    // The connection itself limits the time of the login.
    if (!next || next.isGreeting) return
    this.#timer = setTimeout(() => this.#late(next), next.within * 1000)
    this.#timer.unref()
  }
}
