import type { HostShell } from '../transport/host-shell.ts'

/** The managed hosts' shells, each opened when it is first needed and kept for the run. */
export class Hosts {
  readonly #open: (host: string) => HostShell
  readonly #shells = new Map<string, HostShell>()
  readonly #versions = new Map<string, number>()

  constructor(open: (host: string) => HostShell) {
    this.#open = open
  }

  shell(host: string): HostShell {
    const shell = this.#shells.get(host) ?? this.#open(host)
    this.#shells.set(host, shell)
    return shell
  }

  /** Says that a host is about to change: what anyone has read on it so far is not to be believed any longer. */
  changes(host: string): void {
    this.#versions.set(host, this.version(host) + 1)
  }

  /** Grows with every change on the host. */
  version(host: string): number {
    return this.#versions.get(host) ?? 0
  }

  /** How often each host was waited for. */
  get roundTrips(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#shells].map(([host, shell]) => [host, shell.roundTrips]))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#shells.values()].map(shell => shell.close()))
    this.#shells.clear()
  }
}
