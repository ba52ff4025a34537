import { isIPv4 } from 'node:net'
import { execa } from 'execa'
import { loadInventory } from '../inventory/load.ts'
import {
  CLIENT,
  labBreak,
  labDown,
  labExecArgv,
  labMend,
  labSshArgv,
  labStatus,
  labUp,
  requireLabPrograms,
  type LabKernel,
  type LabSpec,
  type LabStatus,
  type LabSuite,
  type Mishap,
} from '../lab/index.ts'
import { InventoryError } from '../core/errors.ts'
import { inventoryPath, readConfig } from './config.ts'
import { labId, upLab } from '../program/lab-target.ts'

export interface LabFlags {
  readonly inventory?: string
}

export interface UpFlags extends LabFlags {
  readonly suite: LabSuite
  readonly kernel: LabKernel
}

export interface SshFlags extends LabFlags {
  readonly user: string
}

const inventoryOf = async (flags: LabFlags): Promise<string> => inventoryPath(flags, await readConfig())

const progress = (message: string): void => void process.stderr.write(`${message}\n`)

/** Starts the lab of an inventory. */
export async function up({ suite, kernel, ...flags }: UpFlags): Promise<void> {
  await requireLabPrograms(kernel)
  const inventory = await inventoryOf(flags)
  printStatus(await labUp({ id: await labId(inventory), suite, kernel, ...(await labHosts(inventory)) }, progress))
}

/** Shows the lab of an inventory. */
export async function status(flags: LabFlags): Promise<void> {
  const inventory = await inventoryOf(flags)
  const found = await labStatus(await labId(inventory))
  if (found) printStatus(found)
  else process.stdout.write(`the lab of ${inventory} is not up\n`)
}

/** Runs a command on a lab host. @returns its exit status */
export async function exec(host: string, command: readonly string[], flags: LabFlags): Promise<number> {
  return attached(labExecArgv(await upLab(await inventoryOf(flags), labStatus), host, command))
}

/** Logs in on a lab host. @returns ssh's exit status */
export async function ssh(host: string, { user, ...flags }: SshFlags): Promise<number> {
  return attached(labSshArgv(await upLab(await inventoryOf(flags), labStatus), host, user))
}

/** Simulates a failure of hosts of the lab: no power, or no network. */
export async function breakHosts(mishap: Mishap, names: readonly string[], flags: LabFlags): Promise<void> {
  const lab = await upLab(await inventoryOf(flags), labStatus)
  await labBreak(lab, names, mishap)
  const what = mishap === 'power' ? 'without power' : 'unplugged from the network'
  progress(`${names.join(', ')}: ${what}; haq lab mend restores it`)
}

/** Gives power and network back to hosts of the lab. */
export async function mendHosts(names: readonly string[], flags: LabFlags): Promise<void> {
  await labMend(await upLab(await inventoryOf(flags), labStatus), names, progress)
}

/** Removes the lab of an inventory. */
export async function down(flags: LabFlags): Promise<void> {
  await labDown(await labId(await inventoryOf(flags)), progress)
}

async function attached([command = '', ...words]: readonly string[]): Promise<number> {
  const { exitCode } = await execa(command, words, { stdio: 'inherit', reject: false })
  return exitCode ?? 1
}

/**
 * The hosts of the lab, from the inventory: the variable `interface` names their network interface. Hosts with
 * `connection: local` are left out, because they are the control node.
 */
async function labHosts(path: string): Promise<Pick<LabSpec, 'hosts' | 'reserved'>> {
  const inventory = await loadInventory(path)
  if (inventory.problems.length > 0) throw new InventoryError('the inventory is refused', inventory.problems)
  const all = [...inventory.hosts.values()].filter(({ reach }) => reach.connection !== 'local')
  const hosts = all.map(({ name, address, variables }) => {
    const interfaceName = variables.get('interface')?.value
    return { name, address, interfaceName: typeof interfaceName === 'string' ? interfaceName : 'eth0' }
  })
  // Addresses in variables, such as a virtual IP, are assigned by the playbook, and not by the lab.
  const values = all.flatMap(({ variables }) => [...variables.values()].map(({ value }) => value))
  return {
    hosts,
    reserved: [...new Set(values.filter((value): value is string => typeof value === 'string' && isIPv4(value)))],
  }
}

function printStatus({ suite, kernel, ipvs, hosts }: LabStatus): void {
  const width = Math.max(CLIENT.length, ...hosts.map(({ name }) => name.length))
  const rows = hosts.map(
    ({ name, address, interfaceName, running }) =>
      `${name.padEnd(width)}  ${running ? 'running' : 'stopped'}  ${address} on ${interfaceName}`,
  )
  process.stdout.write(
    `${[`Debian ${suite}${kernel === 'uml' ? ', each host with a kernel of its own' : ''}${ipvs ? '' : ', no IPVS in this kernel'}`, ...rows].join('\n')}\n`,
  )
}
