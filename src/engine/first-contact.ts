import type { HostShell } from '../transport/host-shell.ts'
import type { JournalKeys } from './journal-keys.ts'
import type { HostLocks } from './lock.ts'
import { PendingHandlers } from './pending-handlers.ts'

/**
 * What goes ahead of the first facts of a host, in one round trip with them: its lock is taken, and its pending handlers
 * and its key for journals are read.
 * @param locks none where nothing is changed
 * @param keys none where no journal is written
 */
export function firstContact(
  locks: HostLocks | undefined,
  handlers: PendingHandlers,
  keys: JournalKeys | undefined,
): (host: string, shell: HostShell) => Promise<boolean> {
  return async (host, shell) => {
    const read = () => Promise.all([PendingHandlers.read(shell), keys?.read(host, shell)])
    const [hadToWait, first] = await Promise.all([locks?.take(host, shell) ?? false, read()])
    // The run that was waited for may have left handlers, and made the key.
    const [pending] = hadToWait ? await read() : first
    handlers.found(host, pending)
    return hadToWait
  }
}
