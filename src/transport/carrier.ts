import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

/** Gets the output of a carrier. */
interface Listener {
  readonly stdout: (chunk: Buffer) => void
  readonly stderr: (chunk: Buffer) => void
  /** The process has ended; `why` is set when it could not be started. */
  readonly ended: (why: string | undefined) => void
}

/**
 * The local process that connects to a host's shell: ssh, the `exec` of a container, or a local shell. It uses Node's
 * `spawn`, because a run starts one for each host, and execa is slower.
 */
export class Carrier {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #listener: Listener
  readonly #patience: number
  readonly #over: Promise<void>
  #settle!: () => void
  #isOver = false

  /**
   * @param patience seconds until the process is killed, and until its streams are closed after its end
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
    // A session of its own: Ctrl-C at the terminal must not end ssh in the middle of a step.
    this.#process = spawn(command, words, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env })
    this.#process.stdout.on('data', listener.stdout)
    this.#process.stderr.on('data', listener.stderr)
    // A write to a lost connection fails here, too; the end of the process tells why.
    this.#process.stdin.on('error', () => {})
    this.#process.once('error', ({ message }) => this.#end(message))
    this.#process.once('exit', () => setTimeout(() => this.#hangUp(), patience * 1000).unref())
    this.#process.once('close', () => this.#end())
  }

  write(text: string): void {
    this.#process.stdin.write(text)
  }

  /** Waits a short time for the process to end, and then kills it. Processes on the host may go on. */
  async close(): Promise<void> {
    this.#process.stdin.end()
    const patience = setTimeout(() => this.kill(), this.#patience * 1000)
    await this.#over
    clearTimeout(patience)
  }

  /** Kills the process and all processes that it started on this machine. */
  kill(): void {
    this.#process.stdin.destroy()
    // The process may write without end.
    this.#process.stdout.destroy()
    this.#process.stderr.destroy()
    try {
      // The process leads a process group.
      if (this.#process.pid !== undefined) process.kill(-this.#process.pid, 'SIGKILL')
    } catch {
      // The process has ended already, or belongs to root, as sudo does. sudo ends when its standard input ends.
    }
    setTimeout(() => this.#hangUp(), this.#patience * 1000).unref()
  }

  /** Closes the streams, because processes that it left behind may keep them open for ever. */
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
