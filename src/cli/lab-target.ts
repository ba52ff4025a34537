import { createHash } from 'node:crypto'
import { UsageError } from '../core/errors.ts'
import { findInventory } from '../inventory/load.ts'
import { labSshArgv, labSshConfiguration, labStatus, type LabStatus } from '../lab/index.ts'
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

/** The status of the inventory's lab. @throws {UsageError} when it is not up */
export async function runningLab(inventory: string): Promise<LabStatus> {
  const status = await labStatus(await labId(inventory))
  if (status) return status
  throw new UsageError(`the lab of ${inventory} is not up`, { hint: `bring it up with: haq lab up -i ${inventory}` })
}

/** The inventory's lab as the target of a run. @throws {UsageError} when it is not up */
export async function labOf(inventory: string): Promise<LabTarget> {
  const status = await runningLab(inventory)
  return {
    reach: (host, reach) => ({
      ...reach,
      connection: 'ssh',
      sshArgv: labSshArgv(status, host, reach.user, reach.keep),
    }),
    sshConfiguration: labSshConfiguration(status),
    vars: new Map(status.ipvs ? [] : [['lvs', 'false']]),
    notes: status.ipvs
      ? []
      : ['this kernel has no IPVS (ip_vs), so the lab runs with lvs=false: VRRP alone moves the VIP'],
  }
}
