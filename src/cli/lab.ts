import { execa } from 'execa'
import { loadInventory } from '../inventory/load.ts'
import {
  CLIENT,
  labDown,
  labExecArgv,
  labSshArgv,
  labStatus,
  labUp,
  requireLabPrograms,
  type LabHost,
  type LabStatus,
  type LabSuite,
} from '../lab/index.ts'
import { InventoryError } from '../core/errors.ts'
import { labId, runningLab } from './lab-target.ts'

export interface LabFlags {
  readonly inventory: string
}

export interface UpFlags extends LabFlags {
  readonly suite: LabSuite
}

export interface SshFlags extends LabFlags {
  readonly user: string
}

const progress = (message: string): void => void process.stderr.write(`${message}\n`)

/** Brings the lab of an inventory up. */
export async function up({ inventory, suite }: UpFlags): Promise<void> {
  await requireLabPrograms()
  const status = await labUp({ id: await labId(inventory), hosts: await labHosts(inventory), suite }, progress)
  printStatus(status)
}

/** Shows the lab of an inventory. */
export async function status({ inventory }: LabFlags): Promise<void> {
  const found = await labStatus(await labId(inventory))
  if (found) printStatus(found)
  else process.stdout.write(`the lab of ${inventory} is not up\n`)
}

/** Runs a command on a lab host. @returns its exit status */
export async function exec(host: string, command: readonly string[], { inventory }: LabFlags): Promise<number> {
  return attached(labExecArgv(await runningLab(inventory), host, command))
}

/** Logs in on a lab host. @returns ssh's exit status */
export async function ssh(host: string, { inventory, user }: SshFlags): Promise<number> {
  return attached(labSshArgv(await runningLab(inventory), host, user))
}

/** Takes the lab of an inventory down. */
export async function down({ inventory }: LabFlags): Promise<void> {
  await labDown(await labId(inventory), progress)
}

async function attached([command = '', ...words]: readonly string[]): Promise<number> {
  const { exitCode } = await execa(command, words, { stdio: 'inherit', reject: false })
  return exitCode ?? 1
}

/** The inventory's hosts as the lab makes them: the interface is the one that the variables name. */
async function labHosts(path: string): Promise<readonly LabHost[]> {
  const inventory = await loadInventory(path)
  if (inventory.problems.length > 0) throw new InventoryError('the inventory is refused', inventory.problems)
  return [...inventory.hosts.values()].map(({ name, address, variables }) => {
    const interfaceName = variables.get('interface')?.value
    return { name, address, interfaceName: typeof interfaceName === 'string' ? interfaceName : 'eth0' }
  })
}

function printStatus({ suite, ipvs, hosts }: LabStatus): void {
  const width = Math.max(CLIENT.length, ...hosts.map(({ name }) => name.length))
  const rows = hosts.map(
    ({ name, address, interfaceName, running }) =>
      `${name.padEnd(width)}  ${running ? 'running' : 'stopped'}  ${address} on ${interfaceName}`,
  )
  process.stdout.write(`${[`Debian ${suite}${ipvs ? '' : ', no IPVS in this kernel'}`, ...rows].join('\n')}\n`)
}
