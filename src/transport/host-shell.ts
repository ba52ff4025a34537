import { utf8Text } from '../core/bytes.ts'
import type { ConnectError } from '../core/errors.ts'
import type { Script } from '../core/shell.ts'
import { AnswerClock } from './answer-clock.ts'
import { Answers, type Waiting } from './answers.ts'
import { batchReads, type PendingRead, type Readable } from './batched-reads.ts'
import { Connection } from './connection.ts'
import { FrameReader, longestEnd, type Half } from './frame-reader.ts'
import {
  besideText,
  chainEnd,
  chainStop,
  chainText,
  frameText,
  greetingText,
  heldFrameText,
  newMark,
  type Frame,
  type MarkedScript,
} from './frames.ts'
import { outputOf, tooLate, tooMuch, usualLimits, type Limits, type Terms } from './limits.ts'
import type { Reach } from './reach.ts'
import type { ShellEvent } from './shell-event.ts'

/** A script and its description for `-v`. */
export interface LabelledScript {
  readonly script: Script
  readonly what: string
  /** Seconds that the script may take, if not the usual limit of a step. */
  readonly within?: number | undefined
}

/**
 * One POSIX shell on a host for the whole run. Scripts that are sent together need one round trip. They run one after
 * the other, and each has a result with its own exit status and streams.
 */
export class HostShell {
  /** The number of writes while no answer was expected: each is a round trip. */
  roundTrips = 0
  /** Gets an event for every script that ran, for `-v`. */
  onEvent: ((event: ShellEvent) => void) | undefined
  readonly #connection: Connection
  readonly #limits: Limits
  #stdout!: FrameReader
  #stderr!: FrameReader
  readonly #answers = new Answers()
  /** The facts to read with the next write. */
  #reads: PendingRead[] = []
  /** The running chain: the text to write after it, and whether its reader has got its line. */
  #chain: { readonly last: Waiting; behind: string; released: boolean } | undefined
  readonly #clock = new AnswerClock(late => this.#connection.giveUp(...tooLate(late)))
  #failure: ConnectError | undefined
  #onIdle: () => void = () => {}
  /** When the last answer arrived, in milliseconds. */
  #answeredAt = performance.now()

  constructor(host: string, reach: Reach, limits: Partial<Limits> = {}) {
    this.#limits = { ...usualLimits, ...limits }
    this.#connection = new Connection(host, reach, this.#limits, {
      started: () => {
        this.#stdout = new FrameReader()
        this.#stderr = new FrameReader()
        this.#answers.restart()
      },
      stdout: chunk => this.#take('stdout', this.#stdout, chunk),
      stderr: chunk => this.#take('stderr', this.#stderr, chunk),
      said: () => utf8Text(this.#stderr.tail),
      printed: () => utf8Text(this.#stdout.tail),
      failed: error => this.#fail(error),
    })
    this.#greet()
  }

  /**
   * Runs a script and returns its output and exit status.
   * @param within seconds that the script may take, if not the usual limit of a step
   * @throws {ConnectError} when the connection is lost, or the script takes too long or prints too much
   */
  async run(script: Script, what = 'script', within?: number): Promise<Frame> {
    return this.#send(frameText, { script, what, within })
  }

  /**
   * Reads a fact. Reads that are requested at the same time are sent together, and batched into one script if possible.
   * @throws {ConnectError} when the connection is lost, or the answer comes too late or is too long
   */
  read({ key, script, waits, batch }: Readable): Promise<Frame> {
    return new Promise((resolve, reject) => this.#queue({ key, script, waits, batch, resolve, reject }))
  }

  /**
   * Runs a script in the shell itself, without a subshell: a descriptor that it opens stays open until the session
   * ends. A script that exits or has a syntax error ends the session. The time limit is that of reading a fact.
   * @throws {ConnectError} when the connection is lost, or the script takes too long or prints too much
   */
  async hold(script: Script, what = 'script'): Promise<Frame> {
    return this.#send(heldFrameText, { script, what, within: this.#limits.read })
  }

  /**
   * Runs scripts one after the other in one round trip, until one fails or the chain is stopped.
   * @returns the result of each script; `undefined` for a script that did not run
   */
  chain(scripts: readonly LabelledScript[]): readonly Promise<Frame | undefined>[] {
    this.#sendReads()
    const links = scripts.map(({ script }) => ({ script, mark: newMark() }))
    const answers = scripts.map((script, i) =>
      this.#watch(script, this.#expect(links[i]?.mark ?? '', this.#stepTerms(script))),
    )
    const last = this.#answers.last
    if (this.#failure || !last) return answers
    this.#write(chainText(links))
    this.#chain = { last, behind: '', released: false }
    return answers
  }

  /** Stops a chain: the current script finishes, and no other starts. */
  stop(): void {
    if (!this.#chain || this.#chain.released) return
    this.#chain.released = true
    this.#connection.write(chainStop)
  }

  /** Ends the shell. Processes on the host may go on. */
  async close(): Promise<void> {
    await this.#connection.close()
  }

  /** Ends the shell after all expected answers have arrived. */
  async finish(): Promise<void> {
    this.#sendReads()
    if (!this.#answers.isEmpty) await new Promise<void>(resolve => (this.#onIdle = resolve))
    await this.close()
  }

  async #send(textOf: (script: MarkedScript) => string, script: LabelledScript): Promise<Frame> {
    this.#sendReads()
    const mark = newMark()
    const answer = this.#watch(script, this.#expect(mark, this.#stepTerms(script)))
    this.#write(textOf({ script: script.script, mark }))
    // Only a script of a chain can have no result.
    return (await answer) as Frame
  }

  #queue(read: PendingRead): void {
    if (this.#reads.length === 0) queueMicrotask(() => this.#sendReads())
    this.#reads.push(read)
  }

  #sendReads(): void {
    const asked = this.#reads.splice(0)
    if (asked.length === 0) return
    // With `-v` the time of each fact is shown, so facts are read one by one.
    const isWatched = this.onEvent !== undefined
    const readAlone = (read: PendingRead): void => this.#queue({ ...read, batch: undefined })
    const reads = isWatched ? asked : batchReads(asked, readAlone)
    const beside = isWatched || reads.length === 1 ? [] : reads.filter(({ waits }) => waits)
    const others = reads.filter(read => !beside.includes(read))
    const framed = others.map(read => this.#expectRead(read))
    const waiting = beside.map(read => this.#expectRead(read, true))
    if (this.#failure) return
    const text = framed.map(frameText).join('')
    this.#write(waiting.length === 0 ? text : besideText(waiting, text))
  }

  #expectRead({ key, script, count = 1, resolve, reject }: PendingRead, isBeside = false): MarkedScript {
    const mark = newMark()
    const terms = { what: key, isRead: true, within: this.#limits.read, output: outputOf(count, this.#limits) }
    // Only a script of a chain can have no result.
    const answer = this.#watch({ script, what: key }, this.#expect(mark, terms, isBeside)) as Promise<Frame>
    answer.then(resolve, reject)
    return { script, mark }
  }

  #stepTerms({ what, within = this.#limits.step }: Omit<LabelledScript, 'script'>): Terms {
    return { what, within, output: this.#limits.output }
  }

  #expect(mark: string, terms: Terms, isBeside = false): Promise<Frame | undefined> {
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#answers.isQuiet) this.roundTrips++
    return new Promise((resolve, reject) => {
      this.#answers.expect({ ...terms, resolve, reject, mark, isBeside })
      this.#clock.watch(this.#answers.first)
    })
  }

  async #watch({ script, what }: LabelledScript, running: Promise<Frame | undefined>): Promise<Frame | undefined> {
    const sentAt = performance.now()
    const frame = await running
    if (!frame) return undefined
    // Scripts run one after the other: a script starts when the one before it has ended.
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

  /**
   * Prepares the shell. The greeting needs no round trip: the first scripts are sent without waiting for its answer.
   */
  #greet(): void {
    const resolve = (): void => {
      this.#connection.isUp()
      this.#answeredAt = performance.now()
      const { argv, startedAt } = this.#connection
      this.onEvent?.({ event: 'connected', argv, seconds: (this.#answeredAt - startedAt) / 1000 })
    }
    const mark = newMark()
    // A failure rejects the answers of the scripts, so it need not be handled here.
    const terms = this.#stepTerms({ what: 'logging in', within: this.#limits.up })
    this.#answers.expect({ ...terms, resolve, reject: () => {}, mark, isGreeting: true })
    this.#write(greetingText(mark))
  }

  #write(text: string): void {
    if (this.#chain) this.#chain.behind += text
    else this.#connection.write(text)
  }

  #take(stream: Half, reader: FrameReader, chunk: Buffer): void {
    // No answer is expected any more, and the host may write without end.
    if (this.#failure) return
    reader.push(chunk)
    for (const complete of this.#answers.take(stream, reader)) this.#answered(complete)
    const terms = this.#answers.waitsFor(stream) ?? this.#stepTerms({ what: 'a background process' })
    if (reader.size > terms.output + longestEnd) this.#connection.giveUp(...tooMuch(terms))
  }

  #answered(waiting: Waiting): void {
    if (this.#chain?.last === waiting) this.#endChain(this.#chain)
    if (this.#answers.isEmpty) this.#onIdle()
    this.#clock.watch(this.#answers.first)
  }

  /** Ends the chain's reader, if it has not ended yet, and then sends the text that had to wait. */
  #endChain({ behind, released }: { readonly behind: string; readonly released: boolean }): void {
    this.#chain = undefined
    if (behind !== '') this.roundTrips++
    this.#write(`${released ? '' : chainEnd}${behind}`)
  }

  #fail(error: ConnectError): void {
    this.#failure ??= error
    this.#answers.rejectAll(this.#failure)
    this.#clock.watch(undefined)
    this.#onIdle()
  }
}
