import * as z from 'zod'
import { absent, convergeFile, defineModule, file, isKnown, predict, removeFile, run, sh, type Step } from 'haq'
import { switchFolder, switchPath } from './brokerHealth/paths.ts'

/**
 * The switch by which a host is taken out of the pool and put back: while it is out, its `brokerHealth` tells load
 * balancers so, and they send it no new clients. A reboot puts it back in.
 *
 * @see file-hierarchy(7), /run
 */
export const brokerPool = defineModule({
  name: 'brokerPool',
  summary: 'Take a host out of the pool of brokers that get clients, or put it back',
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
    return [...(isKnown(folder) && folder !== absent ? [] : [makeFolder]), ...convergeFile(fact, wanted, current)]
  },
})

const made = { what: switchFolder, from: 'absent', to: 'directory 0755 root:root' }

const makeFolder: Step = run({
  change: made,
  script: sh`mkdir -p -m 0755 ${switchFolder}`,
  undo: { change: { ...made, from: made.to, to: made.from }, script: sh`rmdir ${switchFolder} 2>/dev/null || :` },
  predicts: [predict(file(switchFolder), { type: 'directory', mode: '0755', owner: 'root', group: 'root' })],
})
