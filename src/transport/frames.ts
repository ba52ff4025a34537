import type { ByteString } from '../core/bytes.ts'
import type { Script } from '../core/shell.ts'
import { sh } from '../core/shell.ts'

/** One script's result: what it wrote and how it ended. */
export interface Frame {
  readonly status: number
  readonly stdout: ByteString
  readonly stderr: ByteString
}

/**
 * What the shell gets first. A fixed PATH finds system tools for ordinary users too, and the C locale keeps the
 * output of tools what the parsers expect.
 */
export const preamble: Script = sh`set +xv; umask 022; unset ENV CDPATH
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; LC_ALL=C; export PATH LC_ALL`

/**
 * Wraps a script for a shell that reads from standard input. `eval` in a subshell keeps a syntax error, an `exit` or a
 * changed directory of one script away from the next; both streams end with the session's mark. The subshell stands
 * alone: behind `||` a shell would ignore the `set -e` of the script in it. It closes descriptor 9, on which the shell
 * may hold the host's lock: a daemon that a step starts would keep it for ever.
 * @param inShell run it in the shell itself, without a subshell: what it opens stays open for the session
 */
export function frameText(script: Script, mark: string, inShell = false): string {
  const text = script.reveal()
  const run = inShell ? sh`{ eval ${text}; } </dev/null` : sh`( eval ${text} ) </dev/null 9>&-`
  const framed = sh`${run}; haq_s=$?
printf ${`\\n${mark} %s\\n`} "$haq_s"; printf ${`\\n${mark} \\n`} >&2`
  return `${framed.reveal()}\n`
}

/** Cuts a stream into the parts between marks, whatever the bytes and however they arrive. */
export class FrameReader {
  readonly #mark: Buffer
  #pending: Buffer = Buffer.alloc(0)
  #searched = 0

  constructor(mark: string) {
    this.#mark = Buffer.from(`\n${mark} `, 'latin1')
  }

  /** Takes a chunk and returns the frames that it completes. */
  push(chunk: Uint8Array): { readonly body: ByteString; readonly trailer: string }[] {
    this.#pending = Buffer.concat([this.#pending, chunk])
    const frames = []
    for (;;) {
      const at = this.#pending.indexOf(this.#mark, this.#searched)
      const end = at < 0 ? -1 : this.#pending.indexOf('\n', at + this.#mark.length)
      if (end < 0) {
        // Only the tail can still be the start of a mark.
        this.#searched = at >= 0 ? at : Math.max(0, this.#pending.length - this.#mark.length)
        return frames
      }
      frames.push({
        body: this.#pending.toString('latin1', 0, at),
        trailer: this.#pending.toString('latin1', at + this.#mark.length, end),
      })
      this.#pending = this.#pending.subarray(end + 1)
      this.#searched = 0
    }
  }

  /** What arrived after the last complete frame. */
  get rest(): ByteString {
    return this.#pending.toString('latin1')
  }
}
