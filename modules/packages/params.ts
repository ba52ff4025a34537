import * as z from 'zod'
import { packageNames, parseSpec } from './names.ts'

export const params = z
  .object({
    names: packageNames.describe("names of packages; add '=VERSION' to a name to get that version"),
    state: z
      .enum(['present', 'absent', 'latest'])
      .default('present')
      .describe('installed, removed, or (latest) upgraded to the newest version in the package lists'),
    cacheValidHours: z
      .int()
      .min(1)
      .default(24)
      .describe('refresh the package lists before an installation if they are older than this number of hours'),
    lockTimeout: z
      .int()
      .min(0)
      .default(300)
      .describe("seconds to wait while another process holds the package manager's lock"),
    purge: z
      .boolean()
      .default(false)
      .describe('with state absent and apt: also remove configuration and data of the packages'),
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
