import * as z from 'zod'
import { absent, defineModule, isKnown, require, unknown } from 'haq'
import { healthState } from './brokerHealth/fact.ts'

/** Seconds to wait for a broker that has just started, or that is closing its listeners. */
const patience = 60

/**
 * Changes nothing. It fails unless the health check says that the broker of the host is healthy. With state `out` it
 * fails unless `brokerPool` has taken the host out of the pool, long enough for load balancers to notice. It waits up
 * to a minute.
 *
 * @example
 * ```ts
 * verifyBrokerHealth({ state: 'healthy' })
 * ```
 */
export const verifyBrokerHealth = defineModule({
  name: 'verifyBrokerHealth',
  summary: 'Fail unless the health check of a broker answers as expected',
  params: z.object({
    state: z.enum(['healthy', 'out']).default('healthy').describe('what the health check must say'),
    seconds: z
      .int()
      .min(0)
      .max(3600)
      .default(0)
      .describe('with state out: for how many seconds the host must have been out of the pool'),
  }),
  title: ({ state }) => state,
  facts: () => ({ health: healthState }),
  plan: ({ state, seconds }, { health }) => {
    const says = isKnown(health) && health !== absent ? health.says : undefined
    const isThere = require('the host has a health check', isKnown(health) ? health !== absent : unknown, {
      hint: 'install the health check with a brokerHealth task, as playbooks/cluster.ts does',
    })
    if (health === absent) return [isThere]
    if (state === 'healthy')
      return [
        isThere,
        require('the broker is healthy', isKnown(health) ? says === 'healthy' : unknown, {
          otherwise: `the broker is not healthy: ${says}`,
          within: patience,
        }),
      ]
    return [
      isThere,
      require(`the broker has been out of the pool for ${seconds} s`, isKnown(health)
        ? says !== 'healthy' && health.outFor >= seconds
        : unknown, { otherwise: `the health check says: ${says}`, within: seconds + patience }),
    ]
  },
})
