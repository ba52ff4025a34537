import * as z from 'zod'
import { convergeFile, defineModule, file, removeFile } from 'haq'
import { switchFolder, switchPath } from './brokerHealth/paths.ts'
import { makeFolder } from './shared/folder.ts'

/**
 * The switch by which a host is taken out of the pool and put back: while it is out, its `brokerHealth` tells load
 * balancers so, and they send it no new clients. A reboot puts it back in.
 *
 * @see file-hierarchy(7), /run
 */
export const brokerPool = defineModule({
  name: 'brokerPool',
  summary: 'Take a broker out of the load balancing pool, or put it back',
  params: z.object({
    state: z.enum(['in', 'out']).describe('whether the host may get clients'),
    reason: z
      .string()
      .regex(/^[\x20-\x7e]{1,200}$/, { error: 'takes up to 200 printable ASCII characters' })
      .default('maintenance')
      .describe('why it is out, as load balancers and verify are told'),
  }),
  title: ({ state }) => state,
  facts: () => ({ folder: file(switchFolder), current: file(switchPath) }),
  plan: ({ state, reason }, { folder, current }) => {
    const fact = file(switchPath)
    if (state === 'in') return removeFile(fact, switchPath, current)
    const wanted = { path: switchPath, content: `${reason}\n`, mode: '0644', owner: 'root', group: 'root' }
    return [...makeFolder(switchFolder, folder), ...convergeFile(fact, wanted, current)]
  },
})
