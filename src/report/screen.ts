/** An output stream and its size. */
export interface Screen {
  /** Whether the output is a terminal, so that lines can be redrawn. */
  readonly isLive: boolean
  readonly rows: number
  readonly columns: number
  readonly write: (text: string) => void
  /**
   * Calls `call` each time before something else is written to the terminal, such as the message after Ctrl-C.
   * @returns a function that stops the calls
   */
  readonly beforeOthers: (call: () => void) => () => void
}

/** The rows of a screen when there is no terminal. */
const pageRows = 50

/** The screen of a stream. Its size is read each time, because a terminal can be resized. */
export function screenOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Screen {
  const others = [process.stdout, process.stderr].map(other => ({ stream: other, write: other.write.bind(other) }))
  return {
    isLive: stream.isTTY && env['TERM'] !== 'dumb',
    get rows() {
      return stream.rows || pageRows
    },
    get columns() {
      return stream.columns || 80
    },
    // The present function: while the screen is live, `write` of the stream is replaced, here and by listr2.
    write: stream.write.bind(stream),
    beforeOthers: call => {
      const restore = others.map(({ stream: other, write }) => {
        other.write = ((...args: Parameters<typeof write>) => {
          call()
          return write(...args)
        }) as typeof write
        return () => (other.write = write)
      })
      return () => restore.forEach(each => each())
    },
  }
}
