import { randomBytes } from 'node:crypto'
import { utf8Text } from '../core/bytes.ts'
import { ConnectError } from '../core/errors.ts'
import type { Script } from '../core/shell.ts'
import { Carrier } from './carrier.ts'
import { connectError } from './connect-error.ts'
import {
  chainEnd,
  chainStop,
  chainText,
  FrameReader,
  frameText,
  heldFrameText,
  parseTrailer,
  preamble,
  type Frame,
} from './frames.ts'
import { shellArgv, type BecomeMarks, type Reach } from './reach.ts'
import type { ShellEvent } from './shell-event.ts'
import { SudoGate } from './sudo-gate.ts'

/** A script, and what it is for, for those who watch. */
export interface LabelledScript {
  readonly script: Script
  readonly what: string
}

interface Waiting {
  readonly resolve: (frame: Frame | undefined) => void
  readonly reject: (error: ConnectError) => void
  /** The greeting is no round trip of its own. */
  readonly isGreeting?: true
  /** What is read, where the answer must come in time. */
  readonly reads?: string | undefined
  stdout?: { readonly body: string; readonly trailer: string }
  stderr?: { readonly body: string }
}

/** How long a shell has patience. */
export interface Patience {
  /** Seconds until a host that says nothing at all is given up. */
  readonly up: number
  /** Seconds that reading a fact may take. */
  readonly read: number
  /** Seconds that a shell gets to end by itself, and that its streams stay open once it has ended. */
  readonly end: number
}

const usualPatience: Patience = { up: 30, read: 120, end: 2 }

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
  readonly #patience: Patience
  readonly #mark = `haq-${randomBytes(16).toString('hex')}`
  readonly #marks: BecomeMarks = { up: `${this.#mark}-up`, prompt: `${this.#mark}-password` }
  readonly #carrier: Carrier
  readonly #stdout = new FrameReader(this.#mark)
  readonly #stderr = new FrameReader(this.#mark)
  readonly #waiting: Waiting[] = []
  readonly #gate: SudoGate | undefined
  /** A chain that runs: what is to be written behind it, and whether its reader has had its line. */
  #chain: { readonly last: Waiting; behind: string; released: boolean } | undefined
  #timer: NodeJS.Timeout | undefined
  #up = false
  #failure: ConnectError | undefined
  #inFlight = 0
  /** When the last answer came, in milliseconds. */
  #answeredAt = performance.now()

  constructor(host: string, reach: Reach, patience: Partial<Patience> = {}) {
    this.#host = host
    this.#patience = { ...usualPatience, ...patience }
    const argv = shellArgv(reach, this.#marks)
    this.#carrier = new Carrier(argv, this.#patience.end, {
      stdout: chunk => this.#onStdout(chunk),
      stderr: chunk => this.#onStderr(chunk),
      ended: why => this.#fail(connectError(host, reach, this.#said(why), this.#up)),
    })
    if (reach.become && reach.becomePassword !== undefined)
      this.#gate = new SudoGate(this.#marks, reach.becomePassword, text => this.#carrier.write(text))
    void this.#greet(argv)
  }

  /**
   * Runs a script and returns what it wrote and its exit status.
   * @throws {ConnectError} when the connection is lost
   */
  async run(script: Script, what = 'script'): Promise<Frame> {
    return this.#send(frameText(script, this.#mark), { script, what })
  }

  /** Runs a script that only reads. @throws {ConnectError} when the connection is lost, or no answer comes in time */
  async read(script: Script, what: string): Promise<Frame> {
    return this.#send(frameText(script, this.#mark), { script, what }, what)
  }

  /**
   * Runs a script in the shell itself, so that a descriptor which it opens stays open until the session ends. A script
   * that exits, or that a shell can't parse, ends the session.
   * @throws {ConnectError} when the connection is lost
   */
  async hold(script: Script, what = 'script'): Promise<Frame> {
    return this.#send(heldFrameText(script, this.#mark), { script, what })
  }

  /**
   * Runs scripts one after the other, all of them in one round trip, until one fails or the chain is stopped.
   * @returns for each of them what it wrote; nothing for one that was not run
   */
  chain(scripts: readonly LabelledScript[]): readonly Promise<Frame | undefined>[] {
    const text = chainText(
      scripts.map(({ script }) => script),
      this.#mark,
    )
    const answers = scripts.map(script => this.#watch(script, this.#expect()))
    const last = this.#waiting.at(-1)
    if (this.#failure || !last) return answers
    this.#write(text)
    this.#chain = { last, behind: '', released: false }
    return answers
  }

  /** Lets the script in hand of a chain end, and starts no other of it. */
  stop(): void {
    if (!this.#chain || this.#chain.released) return
    this.#chain.released = true
    this.#carrier.write(chainStop)
  }

  /** Ends the shell; what still runs there is not waited for. */
  async close(): Promise<void> {
    this.#fail(new ConnectError(`${this.#host}: the connection is closed`, { host: this.#host }))
    await this.#carrier.close()
  }

  async #send(text: string, script: LabelledScript, reads?: string): Promise<Frame> {
    const answer = this.#watch(script, this.#expect(reads))
    this.#write(text)
    // Only the scripts of a chain may be left out.
    return (await answer) as Frame
  }

  #expect(reads?: string): Promise<Frame | undefined> {
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#inFlight++ === 0) this.roundTrips++
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject, reads })
      this.#watchClock()
    })
  }

  async #watch({ script, what }: LabelledScript, running: Promise<Frame | undefined>): Promise<Frame | undefined> {
    const sentAt = performance.now()
    const frame = await running
    if (!frame) return undefined
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

  async #greet(argv: readonly string[]): Promise<void> {
    const start = performance.now()
    const patience = setTimeout(() => this.#giveUp(`no answer in ${this.#patience.up} s`), this.#patience.up * 1000)
    patience.unref()
    this.#write(`${preamble.reveal()}\n`)
    // The greeting's frame takes up whatever a login script printed, and is no round trip of its own: the first
    // scripts follow without waiting for it.
    const greeting = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject, isGreeting: true }))
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
    if (this.#chain) this.#chain.behind += text
    else if (this.#gate) this.#gate.write(text)
    else this.#carrier.write(text)
  }

  #onStdout(chunk: Buffer): void {
    if (this.#gate && !this.#gate.isOpen) this.#gate.onStdout(chunk)
    else for (const frame of this.#stdout.push(chunk)) this.#complete('stdout', frame)
  }

  #onStderr(chunk: Buffer): void {
    for (const frame of this.#stderr.push(chunk)) this.#complete('stderr', frame)
    if (this.#gate?.onStderr(this.#stderr.rest)) this.#giveUp('sudo does not take that password')
  }

  #complete(stream: 'stdout' | 'stderr', frame: { readonly body: string; readonly trailer: string }): void {
    const waiting = this.#waiting.find(entry => entry[stream] === undefined)
    if (!waiting) return
    waiting[stream] = frame
    const [first] = this.#waiting
    if (!first?.stdout || !first.stderr) return
    this.#waiting.shift()
    if (!first.isGreeting) this.#inFlight--
    const status = parseTrailer(first.stdout.trailer)
    const { body: stdout } = first.stdout
    first.resolve(status === undefined ? undefined : { status, stdout, stderr: first.stderr.body })
    if (this.#chain?.last === first) this.#endChain(this.#chain)
    this.#watchClock()
  }

  /** The chain's reader gets its line, if it has not had one, and what had to wait goes out behind it. */
  #endChain({ behind, released }: { readonly behind: string; readonly released: boolean }): void {
    this.#chain = undefined
    if (behind !== '') this.roundTrips++
    this.#write(`${released ? '' : chainEnd}${behind}`)
  }

  /** Gives a host up that does not answer while a fact is read: a step may take its time, reading may not. */
  #watchClock(): void {
    clearTimeout(this.#timer)
    const reads = this.#waiting[0]?.reads
    if (reads === undefined) return
    const { read } = this.#patience
    this.#timer = setTimeout(() => this.#giveUp(`no answer in ${read} s, while reading ${reads}`), read * 1000)
    this.#timer.unref()
  }

  #giveUp(why: string): void {
    this.#fail(new ConnectError(`${this.#host}: ${why}`, { host: this.#host }))
    this.#carrier.kill()
  }

  #said(processError: string | undefined): string {
    return utf8Text(this.#stderr.rest).replaceAll(this.#marks.prompt, '') || (processError ?? '')
  }

  #fail(error: ConnectError): void {
    clearTimeout(this.#timer)
    this.#failure ??= error
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure)
  }
}
