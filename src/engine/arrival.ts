import type { HostShell } from '../transport/host-shell.ts'
import { DebtLedger } from './debts.ts'
import type { HostLocks } from './lock.ts'

/**
 * What goes ahead of the first facts of a host, in one round trip with them: its lock is taken, and what it owes is read.
 * @param locks none where nothing is changed
 */
export function arrival(
  locks: HostLocks | undefined,
  ledger: DebtLedger,
): (host: string, shell: HostShell) => Promise<boolean> {
  return async (host, shell) => {
    const [hadToWait, owed] = await Promise.all([locks?.take(host, shell) ?? false, DebtLedger.read(shell)])
    ledger.arrived(host, hadToWait ? await DebtLedger.read(shell) : owed)
    return hadToWait
  }
}
