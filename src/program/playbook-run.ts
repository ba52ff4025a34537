import { UsageError } from '../core/errors.ts'
import type { Report, RunEvent } from '../engine/events.ts'

/**
 * A run of a playbook. The run starts when its events are iterated over, or when `result` is read. The iteration ends
 * with the run, and throws the run's error.
 */
export class PlaybookRun<Result> implements AsyncIterable<RunEvent> {
  readonly #work: (report: Report) => Promise<Result>
  #result: Promise<Result> | undefined
  #queue: RunEvent[] | undefined
  #wake = (): void => {}

  constructor(work: (report: Report) => Promise<Result>) {
    this.#work = work
  }

  /** The result. @throws {HaqError} when the playbook, the inventory or an option is refused; no host was touched */
  get result(): Promise<Result> {
    return (this.#result ??= this.#work(event => {
      this.#queue?.push(event)
      this.#wake()
    }))
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RunEvent, void, undefined> {
    if (this.#result)
      throw new UsageError('the run has started: iterate over its events before its result is asked for')
    const queue: RunEvent[] = (this.#queue = [])
    const state = { isOver: false }
    const end = (): void => {
      state.isOver = true
      this.#wake()
    }
    this.result.then(end, end)
    while (!state.isOver || queue.length > 0) {
      yield* queue.splice(0)
      if (queue.length === 0 && !state.isOver) await new Promise<void>(resolve => (this.#wake = resolve))
    }
    await this.result
  }
}
