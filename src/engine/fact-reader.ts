import { FactError, HaqError } from '../core/errors.ts'
import { absent, type Fact, type Facts, type Unknown } from '../core/fact.ts'
import { utf8Text, type ByteString } from '../core/bytes.ts'
import type { Frame } from '../transport/frames.ts'
import type { Hosts } from './hosts.ts'
import { lastLines } from './last-lines.ts'
import type { Predictions } from './predictions.ts'
import { SharedReads } from './shared-reads.ts'

export type Read = ({ readonly value: unknown; readonly stdout: ByteString } | { readonly error: HaqError }) & {
  /** The host's version when it was read: a shell runs one script after the other, so what was sent later counts. */
  readonly version: number
}

/** Milliseconds for which a play believes what an earlier one has read, while the run has changed nothing anywhere. */
const believedFor = 5000

/**
 * What one host's run has read so far and may still believe. Facts that are asked for together are read in one round
 * trip; after a change on the host everything is forgotten, and what was read on another host when that one changes.
 */
export class FactReader {
  /** How often steps were started. */
  changes = 0
  readonly #hosts: Hosts
  readonly #host: string
  readonly #predictions: Predictions | undefined
  readonly #shared: SharedReads<Promise<Read>>
  readonly #read = new Map<string, Read>()
  /** What is being read, for the facts that follow from it. */
  readonly #reading = new Map<string, Promise<Read>>()
  #hasFetched = false
  #since = performance.now()

  /**
   * @param shared what others have read meanwhile
   * @param predictions given in check mode: what the steps planned so far would change
   */
  constructor(hosts: Hosts, host: string, shared = new SharedReads<Promise<Read>>(), predictions?: Predictions) {
    this.#hosts = hosts
    this.#shared = shared
    this.#host = host
    this.#predictions = predictions
  }

  /**
   * Reads what is not known yet, all in one batch. A fact that can't be read fails only the task that wants its value.
   * @throws {ConnectError} when the host itself can't be reached
   * @throws {LockedError} when another run holds it
   */
  async fetch(wanted: readonly Facts[]): Promise<void> {
    // The shell runs one script after the other: what is read behind this is read by who holds the lock.
    const firstContact = this.#hosts.contact(this.#host)
    const missing = new Map<string, Fact<unknown>>()
    for (const facts of wanted)
      for (const fact of Object.values(facts))
        for (const wanted of withPlace(fact)) if (!this.#believed(wanted)) missing.set(this.#key(wanted), wanted)
    // Sent before any answer is waited for: that is what makes it one round trip.
    const [hadToWait] = await Promise.all([
      firstContact,
      ...[...missing].map(async ([key, fact]) => {
        this.#read.set(key, await this.#readFact(fact))
      }),
    ])
    this.#reading.clear()
    this.#hasFetched = true
    if (!hadToWait) return
    this.forget()
    await this.fetch(wanted)
  }

  /**
   * A play begins: what the plays before it have read is believed only while the run has changed nothing anywhere, as
   * what one host holds may follow from another, and only for moments.
   */
  startPlay(): void {
    if (this.#shared.isOver || performance.now() - this.#since > believedFor) this.forget()
  }

  /** Whether facts were read and may still be believed; a host's first ones never were. */
  holds(facts: Facts): boolean {
    return this.#hasFetched && Object.values(facts).every(fact => this.#believed(fact))
  }

  /** The values of facts, as a plan takes them. @throws {FactError} for the first one that could not be read */
  async values(facts: Facts): Promise<Record<string, unknown>> {
    if (!this.holds(facts)) await this.fetch([facts])
    return Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, this.#value(fact)] as const))
  }

  /** The value of a fact that was read along with others; `undefined` where it was not. @throws {FactError} */
  valueIfRead<T>(fact: Fact<T>): T | Unknown | undefined {
    return this.#believed(fact) ? (this.#value(fact) as T | Unknown) : undefined
  }

  /** The raw output of those of the facts that were read on the host itself. */
  readings(facts: Facts): readonly { readonly fact: Fact<unknown>; readonly stdout: ByteString }[] {
    return Object.values(facts).flatMap(fact => {
      const read = this.#read.get(this.#key(fact))
      const isOwn = (fact.host ?? this.#host) === this.#host && !fact.given
      return isOwn && read && 'stdout' in read ? [{ fact, stdout: read.stdout }] : []
    })
  }

  /** Forgets everything: the host is not as it was. */
  forget(): void {
    this.#shared.forget()
    this.#read.clear()
    this.#since = performance.now()
  }

  /** The host is about to change: what was read on it, by this host's run or another one, is not true any longer. */
  changing(): void {
    this.changes++
    this.#shared.end()
    this.#hosts.changes(this.#host)
    this.forget()
  }

  #believed(fact: Fact<unknown>): boolean {
    return this.#read.get(this.#key(fact))?.version === this.#hosts.version(fact.host ?? this.#host)
  }

  #key(fact: Fact<unknown>): string {
    return `${fact.host ?? this.#host}\n${fact.key}`
  }

  #value(fact: Fact<unknown>): unknown {
    const value = known(fact, this.#read.get(this.#key(fact)))
    return this.#predictions ? this.#predictions.valueOf(this.#host, fact, value) : value
  }

  #readFact(fact: Fact<unknown>): Promise<Read> {
    const host = fact.host ?? this.#host
    const known = this.#reading.get(this.#key(fact)) ?? this.#shared.get(host, fact.key)
    if (known) return known
    const reading = this.#readNow(fact, host)
    this.#reading.set(this.#key(fact), reading)
    this.#shared.set(host, fact.key, reading)
    return reading
  }

  /** The fact with the script that follows from what is read first. @throws {HaqError} where that can't be read */
  async #scripted(fact: Fact<unknown>): Promise<Fact<unknown>> {
    if (!fact.given) return fact
    const { facts, script } = fact.given
    const values = await Promise.all(
      Object.entries(facts).map(async ([name, first]) => {
        const read = await this.#readFact(first)
        return [name, known(first, read)] as const
      }),
    )
    return { ...fact, script: script(Object.fromEntries(values)) }
  }

  async #readNow(fact: Fact<unknown>, host: string): Promise<Read> {
    const version = this.#hosts.version(host)
    try {
      const frame = await this.#hosts.shell(host).read(await this.#scripted(fact))
      return { value: parseFact(fact, host, frame), stdout: frame.stdout, version }
    } catch (error) {
      if (!(error instanceof HaqError)) throw error
      return { error, version }
    }
  }
}

/** What keeps a file from being changed is read along with it: a plan that changes it needs both. */
function withPlace(fact: Fact<unknown>): readonly Fact<unknown>[] {
  return fact.place && fact.host === undefined ? [fact, fact.place] : [fact]
}

/** What was read of a fact. @throws {HaqError} where it could not be read */
function known(fact: Fact<unknown>, read: Read | undefined): unknown {
  if (!read) throw new FactError(`${fact.key} was not read`)
  if (!('error' in read)) return read.value
  if (fact.optional && read.error.code === 'CONNECT') return absent
  throw read.error
}

/** A parser may quote what the host said; what a fact prints may be secret, or endless. */
function shortened(message: string): string {
  return message.length > 200 ? `${message.slice(0, 200)}…` : message
}

function parseFact(fact: Fact<unknown>, host: string, { status, stdout, stderr }: Frame): unknown {
  const said = lastLines(utf8Text(stderr).trim(), 1000)
  if (status !== 0) {
    const hint = /permission denied|must be root|not permitted/i.test(said)
      ? 'become root with -b, or log in as root'
      : undefined
    throw new FactError(`${fact.key} can't be read on ${host}: ${said || `exit status ${status}`}`, { host, hint })
  }
  try {
    return fact.parse(stdout)
  } catch (cause) {
    throw new FactError(
      `${fact.key} on ${host} is not understood: ${shortened(cause instanceof Error ? cause.message : String(cause))}`,
      {
        host,
        cause,
      },
    )
  }
}
