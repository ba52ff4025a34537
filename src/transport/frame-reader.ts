import type { ByteString } from '../core/bytes.ts'

/** One stream's part of a frame: the output, and the trailer behind the mark. */
export interface FramePart {
  readonly body: ByteString
  readonly trailer: string
}

/** The halves of a frame: standard output with the exit status, and standard error. */
export type Half = 'stdout' | 'stderr'

/** The text that may follow a mark on its line. */
const trailers: Readonly<Record<Half, RegExp>> = { stdout: /^(\d{1,3}|-)\n/, stderr: /^()\n/ }

/** Bytes of the longest trailer, including the line end. */
const longestTrailer = 4

/** Bytes that the end of a part has at most: a part of them may have arrived with the output that it ends. */
export const longestEnd = 64

/**
 * Splits a stream at marks. Output may contain any bytes and arrive in pieces of any size. Each byte is searched once
 * and copied only a few times, so the work is proportional to the size of the output.
 */
export class FrameReader {
  /** A buffer: bytes from `#start` to `#end` are not read yet, and the space after `#end` is free. */
  #bytes: Buffer = Buffer.alloc(0)
  #start = 0
  #end = 0
  #mark: string | undefined
  /** Where the search for the mark continues. */
  #from = 0

  /** The number of bytes since the last complete part. */
  get size(): number {
    return this.#end - this.#start
  }

  push(chunk: Buffer): void {
    if (this.size === 0) {
      this.#bytes = chunk
      this.#start = 0
      this.#from = 0
      this.#end = chunk.length
      return
    }
    if (this.#end + chunk.length > this.#bytes.length) this.#grow(chunk.length)
    chunk.copy(this.#bytes, this.#end)
    this.#end += chunk.length
  }

  /** Takes the part that ends with the mark; `undefined` while the mark has not arrived. */
  next(mark: string, half: Half): FramePart | undefined {
    if (mark !== this.#mark) this.#from = this.#start
    this.#mark = mark
    const pattern = Buffer.from(`\n${mark} `, 'latin1')
    const pending = this.#bytes.subarray(0, this.#end)
    for (;;) {
      const at = pending.indexOf(pattern, this.#from)
      if (at < 0) {
        // The mark can only start in the last bytes.
        this.#from = Math.max(this.#from, this.#end - pattern.length + 1)
        return undefined
      }
      this.#from = at
      const behind = at + pattern.length
      const said = pending.toString('latin1', behind, Math.min(behind + longestTrailer, this.#end))
      const [line, trailer] = trailers[half].exec(said) ?? []
      if (line !== undefined && trailer !== undefined) {
        const body = pending.toString('latin1', this.#start, at)
        this.#start = behind + line.length
        this.#mark = undefined
        return { body, trailer }
      }
      if (said.length < longestTrailer) return undefined
      // No trailer follows, so this is not the end of the part.
      this.#from = at + 1
    }
  }

  /** The last 8 KiB since the last complete part. */
  get tail(): ByteString {
    return this.#bytes.toString('latin1', Math.max(this.#start, this.#end - 8192), this.#end)
  }

  /** Makes the buffer twice as large as needed, so that it seldom has to grow. */
  #grow(more: number): void {
    const grown = Buffer.allocUnsafe(2 * (this.size + more))
    this.#bytes.copy(grown, 0, this.#start, this.#end)
    this.#from -= this.#start
    this.#end -= this.#start
    this.#start = 0
    this.#bytes = grown
  }
}
