import type { ConnectError } from '../core/errors.ts'
import type { FramePart, FrameReader, Half } from './frame-reader.ts'
import type { Terms } from './limits.ts'
import { parseTrailer, type Frame } from './frames.ts'

/** Someone who waits for a script's answer. */
export interface Waiting extends Terms {
  readonly resolve: (frame: Frame | undefined) => void
  readonly reject: (error: ConnectError) => void
  /** What ends both halves of the answer. */
  readonly mark: string
  /** The greeting is no round trip of its own. */
  readonly isGreeting?: true
  /** Both of its streams come on standard output, one after the other. */
  readonly isBeside?: boolean
}

interface Place extends Waiting {
  stdout?: FramePart
  stderr?: FramePart
}

/** Those who wait for answers, in the order in which these will come: each answer in two parts, from two streams. */
export class Answers {
  readonly #places: Place[] = []

  get first(): Waiting | undefined {
    return this.#places[0]
  }

  get last(): Waiting | undefined {
    return this.#places.at(-1)
  }

  get isEmpty(): boolean {
    return this.#places.length === 0
  }

  /** Whether nothing but a greeting is on its way. */
  get isQuiet(): boolean {
    return this.#places.every(({ isGreeting }) => isGreeting)
  }

  expect(waiting: Waiting): void {
    this.#places.push({ ...waiting })
  }

  /** Forgets what has come: a new connection will answer everything. */
  restart(): void {
    for (const place of this.#places) {
      delete place.stdout
      delete place.stderr
    }
  }

  /** Who waits for what a stream is bringing. */
  waitsFor(stream: Half): Waiting | undefined {
    return this.#nextOf(stream)
  }

  /**
   * Takes in what a stream has brought, as far as it is complete.
   * @returns those whose answers are complete now; they have had them
   */
  take(stream: Half, reader: FrameReader): readonly Waiting[] {
    const complete: Waiting[] = []
    for (let place = this.#nextOf(stream); place; place = this.#nextOf(stream)) {
      const half = place.isBeside && place.stdout ? 'stderr' : stream
      const part = reader.next(place.mark, half)
      if (!part) break
      place[half] = part
      complete.push(...this.#settle())
    }
    return complete
  }

  /** Who the next part of a stream is for. */
  #nextOf(stream: Half): Place | undefined {
    return this.#places.find(({ stdout, stderr, isBeside }) =>
      isBeside ? stream === 'stdout' && !stderr : !(stream === 'stdout' ? stdout : stderr),
    )
  }

  #settle(): readonly Waiting[] {
    const complete: Waiting[] = []
    for (let [first] = this.#places; first?.stdout && first.stderr; [first] = this.#places) {
      this.#places.shift()
      const status = parseTrailer(first.stdout.trailer)
      const { body: stdout } = first.stdout
      first.resolve(status === undefined ? undefined : { status, stdout, stderr: first.stderr.body })
      complete.push(first)
    }
    return complete
  }

  /** Tells all who wait that nothing will come. */
  rejectAll(error: ConnectError): void {
    for (const { reject } of this.#places.splice(0)) reject(error)
  }
}
