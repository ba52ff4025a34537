import { createHash, randomBytes } from 'node:crypto'
import type { ByteString } from '../core/bytes.ts'
import { absent } from '../core/fact.ts'
import { Secret } from '../core/secret.ts'
import { sh, type Script } from '../core/shell.ts'
import { journalKey, keepJournalKey } from '../facts/journal-key.ts'
import type { HostShell } from '../transport/host-shell.ts'

/** The keys of a run's hosts, with which the digests in its journal are made. */
export class JournalKeys {
  readonly #keys = new Map<string, string>()
  /** Hosts that get a key with the first change of the run. */
  readonly #new = new Set<string>()

  /** Reads the key of a host. @throws {ConnectError} when the connection is lost */
  async read(host: string, shell: HostShell): Promise<void> {
    const fact = journalKey(host)
    const { status, stdout } = await shell.read(fact)
    const key = status === 0 ? fact.parse(stdout) : absent
    if (key !== absent) this.#keys.set(host, key)
  }

  /** The digest of what was read of a fact. */
  digest(host: string, run: string, fact: string, stdout: ByteString): string {
    return createHash('sha256')
      .update(`${this.#keyOf(host)}\n${run}\n${fact}\n${stdout}`, 'latin1')
      .digest('hex')
  }

  /** What goes ahead of a step: the host keeps the key that was made for it. */
  keep(host: string): Script {
    const key = this.#keyOf(host)
    return this.#new.delete(host) ? keepJournalKey(host, new Secret(key)) : sh`:`
  }

  #keyOf(host: string): string {
    const known = this.#keys.get(host)
    if (known !== undefined) return known
    const key = randomBytes(32).toString('hex')
    this.#keys.set(host, key)
    this.#new.add(host)
    return key
  }
}
