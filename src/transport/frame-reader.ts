import type { ByteString } from '../core/bytes.ts'

/** What one stream says of a script: what was written to it, and what was said of that. */
export interface FramePart {
  readonly body: ByteString
  readonly trailer: string
}

/** Which half of a frame: what a script wrote to standard output, with its exit status, or to standard error. */
export type Half = 'stdout' | 'stderr'

/** What may stand between a mark and the end of its line. */
const trailers: Readonly<Record<Half, RegExp>> = { stdout: /^(\d{1,3}|-)\n/, stderr: /^()\n/ }

/** Bytes of the longest trailer, its line end included. */
const longestTrailer = 4

/**
 * Cuts a stream into the parts between marks, whatever the bytes and however they arrive. Each byte is looked at once and
 * copied a few times at most, so that the work grows with the size of what a host prints and no faster.
 */
export class FrameReader {
  /** What is not cut off yet lies between `#start` and `#end`; behind that is room for what comes. */
  #bytes: Buffer = Buffer.alloc(0)
  #start = 0
  #end = 0
  #mark: string | undefined
  /** Where the mark can begin: it was looked for before that. */
  #from = 0

  /** How many bytes have arrived since the last complete part. */
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

  /** Cuts the part off that ends with the mark; nothing as long as the mark has not come. */
  next(mark: string, half: Half): FramePart | undefined {
    if (mark !== this.#mark) this.#from = this.#start
    this.#mark = mark
    const pattern = Buffer.from(`\n${mark} `, 'latin1')
    const pending = this.#bytes.subarray(0, this.#end)
    for (;;) {
      const at = pending.indexOf(pattern, this.#from)
      if (at < 0) {
        // Only the tail can still be the start of the mark.
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
      // What follows is no trailer, and so this is not the end.
      this.#from = at + 1
    }
  }

  /** The last 8 KiB of what has arrived since the last complete part. */
  get tail(): ByteString {
    return this.#bytes.toString('latin1', Math.max(this.#start, this.#end - 8192), this.#end)
  }

  /** Makes room for twice of what there is then, so that it seldom has to. */
  #grow(more: number): void {
    const grown = Buffer.allocUnsafe(2 * (this.size + more))
    this.#bytes.copy(grown, 0, this.#start, this.#end)
    this.#from -= this.#start
    this.#end -= this.#start
    this.#start = 0
    this.#bytes = grown
  }
}
