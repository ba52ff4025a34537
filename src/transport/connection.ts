import { ConnectError } from '../core/errors.ts'
import { Carrier } from './carrier.ts'
import { connectError } from './connect-error.ts'
import { newMark } from './frames.ts'
import { isKept, keepingEnvironment } from './kept-connections.ts'
import { shellArgv, type BecomeMarks, type Reach } from './reach.ts'
import { sshEnvironment } from './ssh-environment.ts'
import { SudoGate } from './sudo-gate.ts'

/** How long haq waits for a host. */
export interface Patience {
  /** Seconds to wait for the first answer of a host. */
  readonly up: number
  /** Seconds to wait for an answer on a connection of an earlier run, before a new connection is made. */
  readonly kept: number
  /** Seconds until a shell is killed, and until its streams are closed after its end. */
  readonly end: number
}

/** ssh's message when a host, or a gateway, has too many new connections. @see sshd_config(5), MaxStartups */
const tooManyConnections = /kex_exchange_identification|Connection (closed|reset) by/

/** How often a refused connection is tried again. */
const retries = 3

/** Gets the output of a connection. */
interface Listener {
  /** A new connection attempt has started; earlier output must be dropped. */
  readonly started: () => void
  readonly stdout: (chunk: Buffer) => void
  readonly stderr: (chunk: Buffer) => void
  /** The host's standard error since its last answer. */
  readonly said: () => string
  /** The same on standard output. */
  readonly printed: () => string
  readonly failed: (error: ConnectError) => void
}

/** The connection to a host's shell: the local process, the sudo password, and the time limits. */
export class Connection {
  /** The command line of the process. */
  readonly argv: readonly string[]
  /** When the process was started, in milliseconds. */
  readonly startedAt = performance.now()
  readonly #host: string
  readonly #reach: Reach
  /** These marks are visible in arguments of processes, so they never end a frame. */
  readonly #marks: BecomeMarks = { up: `${newMark()}-up`, prompt: `${newMark()}-password` }
  readonly #patience: Patience
  readonly #listener: Listener
  readonly #timers: NodeJS.Timeout[]
  /** The kept connection of an earlier run did not answer; from then on new connections are used. */
  #isSilent = false
  #retries = 0
  #carrier!: Carrier
  #gate: SudoGate | undefined
  /** The text that was written before the shell's first answer; `undefined` after that. */
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
    // The other end of a kept connection may be dead without a notice, for example after a power cut.
    if (wasKept) timers.push(setTimeout(() => this.#replaceSilent(), kept * 1000))
    for (const timer of timers) timer.unref()
    this.#timers = timers
  }

  write(text: string): void {
    if (this.#unanswered !== undefined) this.#unanswered += text
    if (this.#gate) this.#gate.write(text)
    else this.#carrier.write(text)
  }

  /** Must be called when the shell has answered. */
  isUp(): void {
    this.#unanswered = undefined
    this.#stopTimers()
  }

  /** Kills the connection. @param why the reason for the error message */
  giveUp(why: string, hint?: string): void {
    this.#fail(new ConnectError(`${this.#host}: ${why}`, { host: this.#host, hint }))
    this.#carrier.kill()
  }

  /** Ends the shell. Processes on the host may go on. */
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

  /** The environment: ssh gets a selection. Local shells and `exec` commands get all variables of this process. */
  #environment(): NodeJS.ProcessEnv {
    const { connection, sshPasses } = this.#reach
    if (connection !== 'ssh') return process.env
    return { ...sshEnvironment(process.env, sshPasses), ...keepingEnvironment(this.#reach, this.#isSilent ? 1 : 0) }
  }

  #replaceSilent(): void {
    const silent = this.#carrier
    this.#isSilent = true
    this.#reconnect()
    silent.kill()
  }

  /** Makes a new connection, and writes to it everything that was written to the old one. */
  #reconnect(): void {
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
    // Before the first answer no script has run, so the output is a message for people, such as nologin's.
    const printed = wasUp ? '' : this.#listener.printed()
    const said = this.#listener.said().replaceAll(this.#marks.prompt, '') || why || printed
    if (!wasUp && tooManyConnections.test(said) && this.#retries < retries) {
      // A random delay: connections that were refused together must not try again together.
      const delay = 2 ** this.#retries++ * (250 + Math.random() * 250)
      this.#timers.push(setTimeout(() => this.#reconnect(), delay))
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
