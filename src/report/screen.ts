/** Where text goes, and how much of it can be seen at once. */
export interface Screen {
  /** Whether what was drawn can be drawn over. */
  readonly isLive: boolean
  readonly rows: number
  readonly columns: number
  readonly write: (text: string) => void
  /**
   * Calls before anything else is written to the terminal, such as what an interrupt says.
   * @returns what ends that
   */
  readonly beforeOthers: (call: () => void) => () => void
}

/** Rows that are taken for a screenful where there is no terminal. */
const pageRows = 50

/** The screen behind a stream; its size is asked for each time, because terminals are resized. */
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
    // Bound as it is now: others put a write of their own in its place while the screen is live, as below.
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
