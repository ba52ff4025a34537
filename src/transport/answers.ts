import type { ConnectError } from '../core/errors.ts'
import type { FramePart, FrameReader, Half } from './frame-reader.ts'
import type { Terms } from './limits.ts'
import { parseTrailer, type Frame } from './frames.ts'

/** A script that was sent, and its caller that waits for the answer. */
export interface Waiting extends Terms {
  readonly resolve: (frame: Frame | undefined) => void
  readonly reject: (error: ConnectError) => void
  /** The mark that ends both halves of the answer. */
  readonly mark: string
  /** It is the greeting, which does not count as a round trip. */
  readonly isGreeting?: true
  /** Both of its streams arrive on standard output, one after the other. */
  readonly isBeside?: boolean
}

interface Place extends Waiting {
  stdout?: FramePart
  stderr?: FramePart
}

/** The expected answers, in the order in which they arrive. Each answer has two parts, from two streams. */
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

  /** Whether no answer but a greeting is expected. */
  get isQuiet(): boolean {
    return this.#places.every(({ isGreeting }) => isGreeting)
  }

  expect(waiting: Waiting): void {
    this.#places.push({ ...waiting })
  }

  /** Drops the parts that have arrived: a new connection answers everything again. */
  restart(): void {
    for (const place of this.#places) {
      delete place.stdout
      delete place.stderr
    }
  }

  /** The script to which the output that is now arriving on a stream belongs. */
  waitsFor(stream: Half): Waiting | undefined {
    return this.#nextOf(stream)
  }

  /**
   * Takes the complete parts from a stream.
   * @returns the scripts whose answers are now complete; their callers have got the answers
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

  /** The script that the next part of a stream belongs to. */
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

  /** Rejects all expected answers. */
  rejectAll(error: ConnectError): void {
    for (const { reject } of this.#places.splice(0)) reject(error)
  }
}
