import { UsageError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { cacheFolder, removeOld } from '../loader/cache-folder.ts'
import { HostShell } from '../transport/host-shell.ts'
import { keepingConfiguration, usualConfiguration } from '../transport/kept-connections.ts'
import { limitOutput, usualOutput } from '../transport/limits.ts'
import type { LabTarget } from './lab-target.ts'
import type { PlaybookOptions } from './playbook-options.ts'

/** How haq connects to the hosts of a run. */
interface Reaching {
  readonly openShell: (host: string) => HostShell
  readonly becomePassword: Secret | undefined
}

/** Combines the options and the inventory: how haq connects to each host. */
export async function reachHosts(
  inventory: Inventory,
  options: PlaybookOptions,
  lab: LabTarget | undefined,
): Promise<Reaching> {
  const keep = keeping(options.keepConnections ?? 60, lab ? [lab.sshConfiguration] : usualConfiguration)
  // The user is asked last, so that no error comes after the password.
  const becomePassword =
    typeof options.becomePassword === 'function' ? await options.becomePassword() : options.becomePassword
  const limits = limitOutput(options.outputLimit ?? usualOutput)
  const openShell = (name: string): HostShell => {
    const { reach } = hostOf(inventory, name)
    const user = options.user ?? reach.user ?? options.defaults?.user
    const become = options.become ?? reach.become ?? options.defaults?.become
    const own = { ...reach, user, become, becomePassword, keep, sshPasses: options.sshEnvironment }
    return new HostShell(name, lab ? lab.reach(name, own) : own, limits)
  }
  return { openShell, becomePassword }
}

/** The ssh configuration that keeps connections open; `undefined` when switched off or without a folder for sockets. */
function keeping(seconds: number, includes: readonly string[]): string | undefined {
  const folder = seconds === 0 ? undefined : cacheFolder('ssh')
  if (folder === undefined) return undefined
  // A killed connection leaves its socket behind. A socket that is still in use after a day is simply made again.
  removeOld(folder, 1, found => found.isSocket())
  return keepingConfiguration(folder, seconds, includes)
}

function hostOf(inventory: Inventory, name: string) {
  const host = inventory.hosts.get(name)
  if (!host) throw new UsageError(`a task looks at ${name}, which is not in the inventory`)
  return host
}
