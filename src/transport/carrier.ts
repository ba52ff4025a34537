import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

/** What a carrier hands on. */
interface Listener {
  readonly stdout: (chunk: Buffer) => void
  readonly stderr: (chunk: Buffer) => void
  /** It is over; `why` where the process did not even start. */
  readonly ended: (why: string | undefined) => void
}

/**
 * The process on this machine that carries a host's shell: ssh, a container's exec, or a shell of its own. Node's own
 * `spawn`, because a run opens one for each host, and what execa adds to it would be paid a thousand times.
 */
export class Carrier {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #listener: Listener
  readonly #patience: number
  readonly #over: Promise<void>
  #settle!: () => void
  #isOver = false

  /**
   * @param patience seconds that it gets to end by itself, and that its streams stay open once it has ended
   */
  constructor(
    [command = 'sh', ...words]: readonly string[],
    env: NodeJS.ProcessEnv,
    patience: number,
    listener: Listener,
  ) {
    this.#patience = patience
    this.#listener = listener
    this.#over = new Promise(resolve => (this.#settle = resolve))
    // A session of its own keeps Ctrl-C at the terminal from ending ssh in the middle of a step.
    this.#process = spawn(command, words, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env })
    this.#process.stdout.on('data', listener.stdout)
    this.#process.stderr.on('data', listener.stderr)
    // A write to a connection that is gone fails here too; the process's end says why.
    this.#process.stdin.on('error', () => {})
    this.#process.once('error', ({ message }) => this.#end(message))
    this.#process.once('exit', () => setTimeout(() => this.#hangUp(), patience * 1000).unref())
    this.#process.once('close', () => this.#end())
  }

  write(text: string): void {
    this.#process.stdin.write(text)
  }

  /** Lets it end by itself for a while, and then by force; what still runs on the host is not waited for. */
  async close(): Promise<void> {
    this.#process.stdin.end()
    const patience = setTimeout(() => this.kill(), this.#patience * 1000)
    await this.#over
    clearTimeout(patience)
  }

  /** Ends the process by force, with what it started on this machine. */
  kill(): void {
    this.#process.stdin.destroy()
    // It may write without end.
    this.#process.stdout.destroy()
    this.#process.stderr.destroy()
    try {
      // It leads a group of its own.
      if (this.#process.pid !== undefined) process.kill(-this.#process.pid, 'SIGKILL')
    } catch {
      // It is gone already, or is root's, as sudo is: that one ends when its standard input does.
    }
    setTimeout(() => this.#hangUp(), this.#patience * 1000).unref()
  }

  /** Lets go of the process: what it left behind may hold its streams open for ever. */
  #hangUp(): void {
    this.#process.stdout.destroy()
    this.#process.stderr.destroy()
    this.#process.unref()
    this.#end()
  }

  #end(why?: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#listener.ended(why)
    this.#settle()
  }
}
