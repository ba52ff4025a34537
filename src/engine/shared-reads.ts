/**
 * What was read of the hosts while the run has changed nothing yet: whoever looks at the same fact meanwhile gets the same
 * answer. Nothing is shared any more from the first change on, as what one host holds may follow from another.
 */
export class SharedReads<T> {
  readonly #reads = new Map<string, Map<string, T>>()
  #isOver = false

  get isOver(): boolean {
    return this.#isOver
  }

  get(host: string, key: string): T | undefined {
    return this.#reads.get(host)?.get(key)
  }

  set(host: string, key: string, read: T): void {
    if (this.#isOver) return
    const known = this.#reads.get(host) ?? new Map<string, T>()
    this.#reads.set(host, known.set(key, read))
  }

  /** The run begins to change something. */
  end(): void {
    this.#isOver = true
    this.forget()
  }

  /** Somebody wants to look again. */
  forget(): void {
    this.#reads.clear()
  }

  /** The run is through with a host. */
  release(host: string): void {
    this.#reads.delete(host)
  }
}
