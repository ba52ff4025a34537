import * as z from 'zod'
import { packageNames, parseSpec } from './names.ts'

export const params = z
  .object({
    names: packageNames.describe("packages, each with '=VERSION' behind it where one version is wanted"),
    state: z
      .enum(['present', 'absent', 'latest'])
      .default('present')
      .describe('whether they are to be there; latest: in the newest version that the package lists offer'),
    cacheValidHours: z
      .int()
      .min(1)
      .default(24)
      .describe('hours after which package lists are refreshed before something is installed'),
    lockTimeout: z.int().min(0).default(300).describe('seconds to wait while another process installs packages'),
    purge: z.boolean().default(false).describe('with absent, by apt: configuration and data of the packages go too'),
  })
  .check(({ value: { names, state, purge }, issues }) => {
    const refuse = (path: (string | number)[], message: string): void =>
      void issues.push({ code: 'custom', input: names, path, message })
    names.forEach((spec, index) => {
      if (state !== 'present' && parseSpec(spec).version !== undefined)
        refuse(['names', index], `takes no version with state ${state}`)
    })
    if (purge && state !== 'absent') refuse(['purge'], 'goes with state absent')
  })

export type Params = z.output<typeof params>
