import { createHash } from 'node:crypto'
import { UsageError } from '../core/errors.ts'
import { findInventory } from '../inventory/load.ts'
// Not by the lab's index, with which all that makes a lab would be loaded.
import { labClientArgv, labReach, labSshArgv, labSshConfiguration } from '../lab/reach.ts'
import type { Reach } from '../transport/reach.ts'

/** A lab that is up, as a run needs it. */
export interface LabTarget {
  readonly reach: (host: string, reach: Reach) => Reach
  readonly sshConfiguration: string
  /** Variables that follow from what the lab's kernel can do; `-e` wins over them. */
  readonly vars: ReadonlyMap<string, string>
  readonly notes: readonly string[]
}

/** A lab belongs to an inventory file: two inventories have two labs. */
export async function labId(inventory: string): Promise<string> {
  return createHash('sha256')
    .update(await findInventory(inventory))
    .digest('hex')
    .slice(0, 8)
}

/** What there is of the inventory's lab. @throws {UsageError} when it is not up */
export async function upLab<T>(inventory: string, ask: (id: string) => Promise<T | undefined>): Promise<T> {
  const found = await ask(await labId(inventory))
  if (found !== undefined) return found
  throw new UsageError(`the lab of ${inventory} is not up`, { hint: `bring it up with: haq lab up -i ${inventory}` })
}

/** The inventory's lab as the target of a run. @throws {UsageError} when it is not up */
export async function labOf(inventory: string): Promise<LabTarget> {
  const lab = await upLab(inventory, labReach)
  return {
    reach: (host, reach) =>
      // What the control node is to the real hosts, the lab's client is to its own.
      reach.connection === 'local'
        ? { ...reach, connection: 'exec', exec: labClientArgv(lab) }
        : { ...reach, connection: 'ssh', sshArgv: labSshArgv(lab, host, reach.user, reach.keep) },
    sshConfiguration: labSshConfiguration(lab),
    vars: new Map(lab.ipvs ? [] : [['lvs', 'false']]),
    notes: lab.ipvs
      ? []
      : ['this kernel has no IPVS (ip_vs), so the lab runs with lvs=false: VRRP alone moves the VIP'],
  }
}
