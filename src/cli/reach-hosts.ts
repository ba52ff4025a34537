import { UsageError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { cacheFolder, removeOld } from '../loader/cache-folder.ts'
import { HostShell } from '../transport/host-shell.ts'
import { keepingConfiguration, usualConfiguration } from '../transport/kept-connections.ts'
import { readPassword } from './ask.ts'
import type { Config } from './config.ts'
import type { LabTarget } from './lab-target.ts'
import { parseSeconds } from './options.ts'
import type { PlaybookFlags } from './playbook-flags.ts'

/** How the hosts of a run are reached. */
interface Reaching {
  readonly openShell: (host: string) => HostShell
  readonly becomePassword: Secret | undefined
}

/** How the command line, the inventory and the configuration together say that hosts are reached. */
export async function reachHosts(
  inventory: Inventory,
  flags: PlaybookFlags,
  config: Config,
  lab: LabTarget | undefined,
): Promise<Reaching> {
  const seconds = parseSeconds('--keep-connections', flags.keepConnections ?? String(config.keepConnections ?? 60))
  const keep = keeping(seconds, lab ? [lab.sshConfiguration] : usualConfiguration)
  // Asked for last, when nothing else can be wrong.
  const becomePassword = flags.askBecomePass ? await readPassword('sudo password: ') : undefined
  const openShell = (name: string): HostShell => {
    const { reach } = hostOf(inventory, name)
    const user = flags.user ?? reach.user ?? config.user
    const become = flags.become ?? reach.become ?? config.become
    const own = { ...reach, user, become, becomePassword, keep }
    return new HostShell(name, lab ? lab.reach(name, own) : own)
  }
  return { openShell, becomePassword }
}

/** A configuration for ssh that keeps connections; none where they are not wanted, or there is no place for them. */
function keeping(seconds: number, includes: readonly string[]): string | undefined {
  const folder = seconds === 0 ? undefined : cacheFolder('ssh')
  if (folder === undefined) return undefined
  // The socket of a connection that was killed stays. One that is in use since yesterday is made anew.
  removeOld(folder, 1, found => found.isSocket())
  return keepingConfiguration(folder, seconds, includes)
}

function hostOf(inventory: Inventory, name: string) {
  const host = inventory.hosts.get(name)
  if (!host) throw new UsageError(`a task looks at ${name}, which is not in the inventory`)
  return host
}
