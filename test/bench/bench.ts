import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ansible } from './ansible.ts'
import { BenchLab } from './bench-lab.ts'
import { forgetConnections, haqSockets } from './kept.ts'
import { Loopback } from './loopback.ts'
import type { BenchOptions } from './options.ts'

/** One run of the benchmark: its folder, the sites that works share, and the cleanup at the end. */
export class Bench {
  readonly options: BenchOptions
  /** The benchmark's folder, only for its user. */
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
    // A short name, because the folder has the sockets of kept connections, and their paths must be short.
    const folder = await mkdtemp(join(tmpdir(), 'haqb-'))
    const bench = new Bench(options, folder)
    bench.atEnd(() => rm(folder, { recursive: true, force: true }))
    bench.atEnd(() => bench.forgetKept())
    return bench
  }

  /** haq's cache, with kept connections that the benchmark ends. A short name, because it has sockets. */
  get cache(): string {
    return join(this.folder, 'c')
  }

  /** Ends the connections that haq kept. */
  forgetKept(): Promise<void> {
    return forgetConnections(haqSockets(this.cache))
  }

  /** Aborted by Ctrl-C: running commands are ended, and no more are started. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  isEnding(): boolean {
    return this.signal.aborted
  }

  say(message: string): void {
    process.stderr.write(`${message}\n`)
  }

  /** Registers a cleanup for the end; the last one runs first. */
  atEnd(undo: () => Promise<unknown>): void {
    this.#endings.push(undo)
  }

  stop(): void {
    this.#ending.abort()
  }

  /** @throws when the benchmark was interrupted, because later failures mean nothing. */
  refuseWhenEnding(): void {
    this.signal.throwIfAborted()
  }

  /** Runs all cleanups; a failed one does not stop the others. */
  async end(): Promise<void> {
    for (const undo of this.#endings.splice(0).toReversed())
      await undo().catch((error: unknown) => this.say(`cleaning up: ${String(error)}`))
  }

  /** Hosts that are loopback addresses of this machine, behind one sshd. */
  loopback(): Promise<Loopback> {
    return (this.#loopback ??= Loopback.up(this))
  }

  /** The lab of the reference inventory, with the cluster. */
  lab(): Promise<BenchLab> {
    return (this.#lab ??= BenchLab.up(this))
  }

  /** Ansible, if it is installed or can be; otherwise the reason is reported. */
  ansible(): Promise<Ansible | undefined> {
    return (this.#ansible ??= Ansible.find(this))
  }

  /** Writes a file to the benchmark's folder and returns its path. */
  async file(name: string, text: string, mode = 0o600): Promise<string> {
    const path = join(this.folder, name)
    await writeFile(path, text, { mode })
    return path
  }
}
