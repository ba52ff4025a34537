import { randomBytes } from 'node:crypto'
import { execa } from 'execa'
import { utf8Text } from '../core/bytes.ts'
import { ConnectError } from '../core/errors.ts'
import type { Script } from '../core/shell.ts'
import { connectError } from './connect-error.ts'
import { FrameReader, frameText, preamble, type Frame } from './frames.ts'
import { shellArgv, type BecomeMarks, type Reach } from './reach.ts'

interface Waiting {
  readonly resolve: (frame: Frame) => void
  readonly reject: (error: ConnectError) => void
  stdout?: { readonly body: string; readonly trailer: string }
  stderr?: { readonly body: string }
}

/** What a shell tells of its work. */
export type ShellEvent =
  | { readonly event: 'connected'; readonly argv: readonly string[]; readonly seconds: number }
  | {
      readonly event: 'script'
      /** What the script is for: the key of a fact, what a step changes. */
      readonly what: string
      readonly status: number
      readonly seconds: number
      /** Its text, secrets masked. */
      readonly script: string
      /** What it wrote may be a secret that nobody told haq of: it is counted, not shown. */
      readonly stdoutBytes: number
      readonly stderr: string
    }

/** How long a shell has patience. */
export interface Patience {
  /** Seconds until a host that says nothing at all is given up. */
  readonly up: number
  /** Seconds that a shell gets to end by itself, and that its streams stay open once it has ended. */
  readonly end: number
}

/**
 * One POSIX shell on a host for the whole run. Scripts that are sent together share a round trip; they run one after
 * the other, and each result comes back with its own status and streams.
 */
export class HostShell {
  /** How often a write went out while nothing was on its way: each one waits for an answer. */
  roundTrips = 0
  /** Sees every script that ran, for `-v`. */
  onEvent: ((event: ShellEvent) => void) | undefined
  readonly #host: string
  readonly #reach: Reach
  readonly #patience: Patience
  readonly #mark = `haq-${randomBytes(16).toString('hex')}`
  readonly #marks: BecomeMarks = { up: `${this.#mark}-up`, prompt: `${this.#mark}-password` }
  readonly #process
  readonly #stdout = new FrameReader(this.#mark)
  readonly #stderr = new FrameReader(this.#mark)
  readonly #waiting: Waiting[] = []
  /** What is to be written once sudo is through; `undefined` when the shell may be written to. */
  #held: string | undefined
  #askedForPassword = false
  readonly #ended: Promise<void>
  #letGo!: () => void
  #up = false
  #failure: ConnectError | undefined
  #early = ''
  #scriptsInFlight = 0
  /** When the last answer came, in milliseconds. */
  #answeredAt = performance.now()

  constructor(host: string, reach: Reach, patience: Patience = { up: 30, end: 2 }) {
    this.#host = host
    this.#reach = reach
    this.#patience = patience
    this.#held = reach.become && reach.becomePassword !== undefined ? '' : undefined
    const [command = 'sh', ...words] = shellArgv(reach, this.#marks)
    // A session of its own keeps Ctrl-C at the terminal from ending ssh in the middle of a step.
    this.#process = execa(command, words, {
      stdin: 'pipe',
      buffer: false,
      reject: false,
      encoding: 'buffer',
      detached: true,
    })
    this.#process.stdout.on('data', (chunk: Uint8Array) => this.#onStdout(chunk))
    this.#process.stderr.on('data', (chunk: Uint8Array) => this.#onStderr(chunk))
    // A write to a connection that is gone fails here too; the process's end says why.
    this.#process.stdin.on('error', () => {})
    this.#process.once('exit', () => setTimeout(() => this.#hangUp(), patience.end * 1000).unref())
    const letGo = new Promise<undefined>(resolve => (this.#letGo = () => resolve(undefined)))
    this.#ended = Promise.race([this.#process, letGo]).then(result =>
      this.#fail(connectError(host, reach, this.#said(result?.originalMessage), this.#up)),
    )
    void this.#greet([command, ...words])
  }

  /**
   * Runs a script and returns what it wrote and its exit status.
   * @param what what it is for, for those who watch
   * @throws {ConnectError} when the connection is lost
   */
  async run(script: Script, what = 'script'): Promise<Frame> {
    return this.#watch(script, what, this.#send(frameText(script, this.#mark)))
  }

  /**
   * Runs a script in the shell itself, so that a descriptor which it opens stays open until the session ends. A script
   * that exits, or that a shell can't parse, ends the session.
   * @throws {ConnectError} when the connection is lost
   */
  async hold(script: Script, what = 'script'): Promise<Frame> {
    return this.#watch(script, what, this.#send(frameText(script, this.#mark, true)))
  }

  async #watch(script: Script, what: string, running: Promise<Frame>): Promise<Frame> {
    const sentAt = performance.now()
    const frame = await running
    // Scripts run one after the other: one that was sent along with others starts when the one before it ends.
    const start = Math.max(sentAt, this.#answeredAt)
    this.#answeredAt = performance.now()
    this.onEvent?.({
      event: 'script',
      what,
      status: frame.status,
      seconds: (this.#answeredAt - start) / 1000,
      script: script.toString(),
      stdoutBytes: frame.stdout.length,
      stderr: utf8Text(frame.stderr),
    })
    return frame
  }

  async #send(text: string): Promise<Frame> {
    if (this.#failure) throw this.#failure
    if (this.#scriptsInFlight++ === 0) this.roundTrips++
    try {
      return await new Promise<Frame>((resolve, reject) => {
        this.#waiting.push({ resolve, reject })
        this.#write(text)
      })
    } finally {
      this.#scriptsInFlight--
    }
  }

  /** Ends the shell; what still runs there is not waited for. */
  async close(): Promise<void> {
    this.#fail(new ConnectError(`${this.#host}: the connection is closed`, { host: this.#host }))
    this.#process.stdin.end()
    const patience = setTimeout(() => this.#kill(), this.#patience.end * 1000)
    await this.#ended
    clearTimeout(patience)
  }

  /** Ends the process by force, with what it started on this machine. */
  #kill(): void {
    this.#process.stdin.destroy()
    try {
      // It leads a group of its own.
      if (this.#process.pid !== undefined) process.kill(-this.#process.pid, 'SIGKILL')
    } catch {
      // It is gone already, or is root's, as sudo is: that one ends when its standard input does.
    }
    setTimeout(() => this.#hangUp(), this.#patience.end * 1000).unref()
  }

  /** Lets go of the process: what it left behind may hold its streams open for ever. */
  #hangUp(): void {
    this.#process.stdout.destroy()
    this.#process.stderr.destroy()
    this.#process.unref()
    this.#letGo()
  }

  async #greet(argv: readonly string[]): Promise<void> {
    const start = performance.now()
    const patience = setTimeout(() => {
      const { up } = this.#patience
      this.#fail(new ConnectError(`${this.#host}: no answer in ${up} s`, { host: this.#host }))
      this.#kill()
    }, this.#patience.up * 1000)
    patience.unref()
    this.#write(`${preamble.reveal()}\n`)
    // The greeting's frame takes up whatever a login script printed, and is no round trip of its own: the first
    // scripts follow without waiting for it.
    const greeting = new Promise<Frame>((resolve, reject) => this.#waiting.push({ resolve, reject }))
    this.#write(frameText(preamble, this.#mark))
    try {
      await greeting
      this.#up = true
      this.#answeredAt = performance.now()
      this.onEvent?.({ event: 'connected', argv, seconds: (this.#answeredAt - start) / 1000 })
    } catch {
      // Whoever waits for a script hears of it.
    } finally {
      clearTimeout(patience)
    }
  }

  #write(text: string): void {
    if (this.#held === undefined) this.#process.stdin.write(text)
    else this.#held += text
  }

  #onStdout(chunk: Uint8Array): void {
    if (this.#held !== undefined) {
      this.#early += Buffer.from(chunk).toString('latin1')
      if (!this.#early.includes(this.#marks.up)) return
      const text = this.#held
      this.#held = undefined
      this.#write(text)
      return
    }
    for (const frame of this.#stdout.push(chunk)) this.#complete('stdout', frame)
  }

  #onStderr(chunk: Uint8Array): void {
    for (const frame of this.#stderr.push(chunk)) this.#complete('stderr', frame)
    if (this.#held === undefined || !this.#stderr.rest.endsWith(this.#marks.prompt)) return
    if (this.#askedForPassword) {
      const error = new ConnectError(`${this.#host}: sudo does not take that password`, { host: this.#host })
      this.#fail(error)
      this.#kill()
      return
    }
    this.#askedForPassword = true
    this.#process.stdin.write(`${this.#reach.becomePassword?.reveal()}\n`)
  }

  #complete(stream: 'stdout' | 'stderr', frame: { readonly body: string; readonly trailer: string }): void {
    const waiting = this.#waiting.find(entry => entry[stream] === undefined)
    if (!waiting) return
    waiting[stream] = frame
    const [first] = this.#waiting
    if (!first?.stdout || !first.stderr) return
    this.#waiting.shift()
    first.resolve({ status: Number(first.stdout.trailer), stdout: first.stdout.body, stderr: first.stderr.body })
  }

  #said(processError: string | undefined): string {
    return utf8Text(this.#stderr.rest).replaceAll(this.#marks.prompt, '') || (processError ?? '')
  }

  #fail(error: ConnectError): void {
    this.#failure ??= error
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure)
  }
}
