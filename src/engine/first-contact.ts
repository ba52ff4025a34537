import type { HostShell } from '../transport/host-shell.ts'
import type { HostLocks } from './lock.ts'
import { PendingHandlers } from './pending-handlers.ts'

/**
 * What goes ahead of the first facts of a host, in one round trip with them: its lock is taken, and its pending handlers
 * are read.
 * @param locks none where nothing is changed
 */
export function firstContact(
  locks: HostLocks | undefined,
  handlers: PendingHandlers,
): (host: string, shell: HostShell) => Promise<boolean> {
  return async (host, shell) => {
    const [hadToWait, found] = await Promise.all([locks?.take(host, shell) ?? false, PendingHandlers.read(shell)])
    handlers.found(host, hadToWait ? await PendingHandlers.read(shell) : found)
    return hadToWait
  }
}
