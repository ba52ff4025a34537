import type { HostShell } from '../transport/host-shell.ts'

/** @returns whether something else was at work on the host meanwhile */
type FirstContact = (host: string, shell: HostShell) => Promise<boolean>

/** The managed hosts' shells, each opened when it is first needed and kept for the run. */
export class Hosts {
  readonly #open: (host: string) => HostShell
  readonly #shells = new Map<string, HostShell>()
  readonly #closing: Promise<void>[] = []
  /** Round trips of shells that are closed. */
  readonly #trips = new Map<string, number>()
  readonly #versions = new Map<string, number>()
  readonly #firstContact: FirstContact
  readonly #contacts = new Map<string, Promise<boolean>>()

  /** @param firstContact what is done once on each host that the run works on, ahead of the first facts that are read there */
  constructor(open: (host: string) => HostShell, firstContact: FirstContact = () => Promise.resolve(false)) {
    this.#open = open
    this.#firstContact = firstContact
  }

  /** Sends what goes ahead of a host's first facts. @returns whether the facts sent along with it are not to be believed */
  contact(host: string): Promise<boolean> {
    const known = this.#contacts.get(host)
    if (known) return known.then(() => false)
    const contact = this.#firstContact(host, this.shell(host)).then(hadToWait => {
      if (hadToWait) this.changes(host)
      return hadToWait
    })
    this.#contacts.set(host, contact)
    return contact
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
    const trips = new Map(this.#trips)
    for (const [host, shell] of this.#shells) trips.set(host, (trips.get(host) ?? 0) + shell.roundTrips)
    return Object.fromEntries(trips)
  }

  /**
   * Closes the shell of a host that the run is through with, and so frees the host's lock. Nobody waits for it, and who
   * still looks at the host gets a new one.
   */
  release(host: string): void {
    const shell = this.#shells.get(host)
    if (!shell) return
    this.#trips.set(host, (this.#trips.get(host) ?? 0) + shell.roundTrips)
    this.#shells.delete(host)
    // Another host's task may be looking at it.
    this.#closing.push(shell.finish())
  }

  /** Closes a host's shell; the next one begins as the first one did. */
  reconnect(host: string): void {
    this.release(host)
    this.#contacts.delete(host)
    this.changes(host)
  }

  /** Lets the steps in hand end, and starts no other that was sent with them. */
  stop(): void {
    for (const shell of this.#shells.values()) shell.stop()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#closing, ...[...this.#shells.values()].map(shell => shell.close())])
    this.#shells.clear()
  }
}
