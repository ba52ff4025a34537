import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ansible } from './ansible.ts'
import { BenchLab } from './bench-lab.ts'
import { forgetConnections, haqSockets } from './kept.ts'
import { Loopback } from './loopback.ts'
import type { BenchOptions } from './options.ts'

/** One run of the benchmark: its folder, what the works share, and what must be undone at the end. */
export class Bench {
  readonly options: BenchOptions
  /** The benchmark's own, for its user alone. */
  readonly folder: string
  readonly #endings: (() => Promise<unknown>)[] = []
  readonly #ending = new AbortController()
  #loopback: Promise<Loopback> | undefined
  #lab: Promise<BenchLab> | undefined
  #ansible: Promise<Ansible | undefined> | undefined

  private constructor(options: BenchOptions, folder: string) {
    this.options = options
    this.folder = folder
  }

  static async start(options: BenchOptions): Promise<Bench> {
    // Short, as sockets of kept connections stand in it, whose paths may not be long.
    const folder = await mkdtemp(join(tmpdir(), 'haqb-'))
    const bench = new Bench(options, folder)
    bench.atEnd(() => rm(folder, { recursive: true, force: true }))
    bench.atEnd(() => bench.forgetKept())
    return bench
  }

  /** haq's cache: its kept connections are the benchmark's own to end. A short name, as sockets stand in it. */
  get cache(): string {
    return join(this.folder, 'c')
  }

  /** Ends the connections that haq kept. */
  forgetKept(): Promise<void> {
    return forgetConnections(haqSockets(this.cache))
  }

  /** Aborted by Ctrl-C: what runs is ended, and nothing more is started. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  isEnding(): boolean {
    return this.signal.aborted
  }

  say(message: string): void {
    process.stderr.write(`${message}\n`)
  }

  /** Something to undo at the end, the last first. */
  atEnd(undo: () => Promise<unknown>): void {
    this.#endings.push(undo)
  }

  stop(): void {
    this.#ending.abort()
  }

  /** @throws once the benchmark is to end: no failure after that says anything. */
  refuseWhenEnding(): void {
    this.signal.throwIfAborted()
  }

  /** Undoes all that was made; what can't be undone does not keep the rest. */
  async end(): Promise<void> {
    for (const undo of this.#endings.splice(0).toReversed())
      await undo().catch((error: unknown) => this.say(`cleaning up: ${String(error)}`))
  }

  /** Hosts that are loopback addresses of this machine, behind one sshd. */
  loopback(): Promise<Loopback> {
    return (this.#loopback ??= Loopback.up(this))
  }

  /** The reference inventory's lab, with the cluster in it. */
  lab(): Promise<BenchLab> {
    return (this.#lab ??= BenchLab.up(this))
  }

  /** Ansible, where there is one or can be; it is said why not. */
  ansible(): Promise<Ansible | undefined> {
    return (this.#ansible ??= Ansible.find(this))
  }

  /** Writes a file of the benchmark's own and returns its path. */
  async file(name: string, text: string, mode = 0o600): Promise<string> {
    const path = join(this.folder, name)
    await writeFile(path, text, { mode })
    return path
  }
}
