import { ConnectError } from '../core/errors.ts'
import { Carrier } from './carrier.ts'
import { connectError } from './connect-error.ts'
import { newMark } from './frames.ts'
import { isKept, keepingEnvironment } from './kept-connections.ts'
import { shellArgv, type BecomeMarks, type Reach } from './reach.ts'
import { sshEnvironment } from './ssh-environment.ts'
import { SudoGate } from './sudo-gate.ts'

/** How long a host is waited for. */
export interface Patience {
  /** Seconds until a host that says nothing at all is given up. */
  readonly up: number
  /** Seconds that a connection kept from an earlier run gets to answer, before a new one is made. */
  readonly kept: number
  /** Seconds that a shell gets to end by itself, and that its streams stay open once it has ended. */
  readonly end: number
}

/** What ssh says when the host, or a gateway before it, has too many at its door (sshd_config(5), MaxStartups). */
const turnedAway = /kex_exchange_identification|Connection (closed|reset) by/

/** How often a connection is tried again that was turned away. */
const retries = 3

/** What a connection hands on. */
interface Listener {
  /** A new connection takes the place of a silent one: what the old one said does not count. */
  readonly started: () => void
  readonly stdout: (chunk: Buffer) => void
  readonly stderr: (chunk: Buffer) => void
  /** What the host has said on standard error since its last answer. */
  readonly said: () => string
  /** The same on standard output. */
  readonly printed: () => string
  readonly failed: (error: ConnectError) => void
}

/** The way to a host's shell: the process that carries it, sudo's password, and patience. */
export class Connection {
  /** The words of the process. */
  readonly argv: readonly string[]
  /** When it was started, in milliseconds. */
  readonly startedAt = performance.now()
  readonly #host: string
  readonly #reach: Reach
  /** They stand in arguments, and end no frame. */
  readonly #marks: BecomeMarks = { up: `${newMark()}-up`, prompt: `${newMark()}-password` }
  readonly #patience: Patience
  readonly #listener: Listener
  readonly #timers: NodeJS.Timeout[]
  /** A kept connection was silent: there are new ones from then on. */
  #isSilent = false
  #retries = 0
  #carrier!: Carrier
  #gate: SudoGate | undefined
  /** What was written before the shell said that it is up. */
  #unanswered: string | undefined = ''

  constructor(host: string, reach: Reach, patience: Patience, listener: Listener) {
    this.argv = shellArgv(reach, this.#marks)
    this.#host = host
    this.#reach = reach
    this.#patience = patience
    this.#listener = listener
    const wasKept = isKept(reach)
    this.#start()
    const { up, kept } = patience
    const timers = [setTimeout(() => this.giveUp(`no answer in ${up} s`), up * 1000)]
    // The other end of a kept connection may be gone without a word, as after a power cut.
    if (wasKept) timers.push(setTimeout(() => this.#replaceSilent(), kept * 1000))
    for (const timer of timers) timer.unref()
    this.#timers = timers
  }

  write(text: string): void {
    if (this.#unanswered !== undefined) this.#unanswered += text
    if (this.#gate) this.#gate.write(text)
    else this.#carrier.write(text)
  }

  /** The shell has answered. */
  isUp(): void {
    this.#unanswered = undefined
    this.#stopTimers()
  }

  /** Ends the connection by force, and says why. */
  giveUp(why: string, hint?: string): void {
    this.#fail(new ConnectError(`${this.#host}: ${why}`, { host: this.#host, hint }))
    this.#carrier.kill()
  }

  /** Ends the shell; what still runs there is not waited for. */
  async close(): Promise<void> {
    this.#fail(new ConnectError(`${this.#host}: the connection is closed`, { host: this.#host }))
    await this.#carrier.close()
  }

  #start(): void {
    this.#listener.started()
    const { become, becomePassword } = this.#reach
    const carrier: Carrier = new Carrier(this.argv, this.#environment(), this.#patience.end, {
      stdout: chunk => this.#carrier === carrier && this.#onStdout(chunk),
      stderr: chunk => this.#carrier === carrier && this.#onStderr(chunk),
      ended: why => this.#carrier === carrier && this.#onEnd(why),
    })
    this.#carrier = carrier
    if (become && becomePassword !== undefined)
      this.#gate = new SudoGate(this.#marks, becomePassword, text => carrier.write(text))
  }

  /** A local shell and the words of `exec` are the operator's own, and get all of this process's variables. */
  #environment(): NodeJS.ProcessEnv {
    const { connection, sshPasses } = this.#reach
    if (connection !== 'ssh') return process.env
    return { ...sshEnvironment(process.env, sshPasses), ...keepingEnvironment(this.#reach, this.#isSilent ? 1 : 0) }
  }

  #replaceSilent(): void {
    const silent = this.#carrier
    this.#isSilent = true
    this.#startAnew()
    silent.kill()
  }

  /** Goes on over a new connection, with what was written to the one before. */
  #startAnew(): void {
    const text = this.#unanswered ?? ''
    this.#unanswered = ''
    this.#start()
    this.write(text)
  }

  #onStdout(chunk: Buffer): void {
    if (this.#gate && !this.#gate.isOpen) this.#gate.onStdout(chunk)
    else this.#listener.stdout(chunk)
  }

  #onStderr(chunk: Buffer): void {
    this.#listener.stderr(chunk)
    if (this.#gate?.isOpen === false && this.#gate.onStderr(this.#listener.said()))
      this.giveUp('sudo does not take that password')
  }

  #onEnd(why: string | undefined): void {
    const wasUp = this.#unanswered === undefined
    // Before it is up nothing was read yet, and what is printed is for people, as by nologin.
    const printed = wasUp ? '' : this.#listener.printed()
    const said = this.#listener.said().replaceAll(this.#marks.prompt, '') || why || printed
    if (!wasUp && turnedAway.test(said) && this.#retries < retries) {
      // Those that were turned away together must not come back together.
      const delay = 2 ** this.#retries++ * (250 + Math.random() * 250)
      this.#timers.push(setTimeout(() => this.#startAnew(), delay))
      return
    }
    this.#fail(connectError(this.#host, this.#reach, said, wasUp))
  }

  #fail(error: ConnectError): void {
    this.#stopTimers()
    this.#listener.failed(error)
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }
}
