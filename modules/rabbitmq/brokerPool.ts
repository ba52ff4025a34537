import * as z from 'zod'
import { convergeFile, defineModule, file, removeFile } from 'haq'
import { switchFolder, switchPath } from './brokerHealth/paths.ts'
import { makeFolder } from './shared/folder.ts'

/** The file that takes a host out of the pool. It contains the reason. */
export const poolSwitch = file(switchPath)

/**
 * Takes a host out of the load balancing pool, or puts it back. While the host is out, its health check
 * (`brokerHealth`) reports it as unhealthy, and load balancers send it no new clients. A reboot puts the host back
 * into the pool.
 *
 * @see file-hierarchy(7), /run
 *
 * @example
 * ```ts
 * brokerPool({ state: 'out', reason: 'new disk' })
 * ```
 */
export const brokerPool = defineModule({
  name: 'brokerPool',
  summary: 'Take a broker out of the load balancing pool, or put it back',
  params: z.object({
    state: z.enum(['in', 'out']).describe('whether clients may be sent to the host'),
    reason: z
      .string()
      .regex(/^[\x20-\x7e]{1,200}$/, { error: 'takes up to 200 printable ASCII characters' })
      .default('maintenance')
      .describe('the reason, which the health check reports'),
  }),
  title: ({ state }) => state,
  facts: () => ({ folder: file(switchFolder), current: poolSwitch }),
  plan: ({ state, reason }, { folder, current }) => {
    if (state === 'in') return removeFile(switchPath, current)
    const wanted = { path: switchPath, content: `${reason}\n`, mode: '0644', owner: 'root', group: 'root' }
    return [...makeFolder(switchFolder, folder), ...convergeFile(poolSwitch, wanted, current)]
  },
})
