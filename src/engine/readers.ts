import { FactReader, type Read } from './fact-reader.ts'
import type { Hosts } from './hosts.ts'
import type { Predictions } from './predictions.ts'
import { SharedReads } from './shared-reads.ts'

/** The fact readers of a run, one a host: what one play has read, the next one may still believe. */
export class Readers {
  readonly #readers = new Map<string, FactReader>()
  readonly #shared = new SharedReads<Promise<Read>>()
  readonly #hosts: Hosts
  readonly #predictions: Predictions | undefined

  constructor(hosts: Hosts, predictions: Predictions | undefined) {
    this.#hosts = hosts
    this.#predictions = predictions
  }

  of(host: string): FactReader {
    const reader = this.#readers.get(host) ?? new FactReader(this.#hosts, host, this.#shared, this.#predictions)
    this.#readers.set(host, reader)
    return reader
  }

  /** Whether the run has changed something. */
  get isChanging(): boolean {
    return this.#shared.isOver
  }

  /** Lets go of what was read of a host that the run is through with. */
  release(host: string): void {
    this.#readers.delete(host)
    this.#shared.release(host)
  }
}
