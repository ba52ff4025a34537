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
    const [hadToWait, found] = await Promise.all([
      locks?.take(host, shell) ?? false,
      PendingHandlers.read(shell),
      keys?.read(host, shell),
    ])
    // The run that was waited for may have made the key.
    if (hadToWait) await keys?.read(host, shell)
    handlers.found(host, hadToWait ? await PendingHandlers.read(shell) : found)
    return hadToWait
  }
}
