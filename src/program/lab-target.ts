import { createHash } from 'node:crypto'
import { UsageError } from '../core/errors.ts'
import { findInventory } from '../inventory/load.ts'
// Not imported from the lab's index, which would also load the code that makes labs.
import { labClientArgv, labReach, labSshArgv, labSshConfiguration } from '../lab/reach.ts'
import type { Reach } from '../transport/reach.ts'

/** A lab that is up, as the target of a run. */
export interface LabTarget {
  readonly reach: (host: string, reach: Reach) => Reach
  readonly sshConfiguration: string
  /** Variables that follow from the features of the lab's kernel; `-e` overrides them. */
  readonly vars: ReadonlyMap<string, string>
  readonly notes: readonly string[]
}

/** The id of an inventory's lab. Each inventory file has a lab of its own. */
export async function labId(inventory: string): Promise<string> {
  return createHash('sha256')
    .update(await findInventory(inventory))
    .digest('hex')
    .slice(0, 8)
}

/** Asks for the state of the inventory's lab. @throws {UsageError} when the lab is not up */
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
      // In the lab, the lab's client takes the place of the control node.
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
