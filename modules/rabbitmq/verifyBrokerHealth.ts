import * as z from 'zod'
import { absent, defineModule, isKnown, require, unknown } from 'haq'
import { healthState } from './brokerHealth/fact.ts'

/** Seconds for a broker that has just started, or that is closing its listeners. */
const patience = 60

/**
 * Changes nothing: fails unless load balancers are told that the broker of the host is healthy or, with `out`, that it is
 * not, by the switch and for so many seconds that they have noticed. It waits a minute for that.
 */
export const verifyBrokerHealth = defineModule({
  name: 'verifyBrokerHealth',
  summary: 'Fail unless the health check of a broker answers as expected',
  params: z.object({
    state: z.enum(['healthy', 'out']).default('healthy').describe('what load balancers must be told'),
    seconds: z
      .int()
      .min(0)
      .max(3600)
      .default(0)
      .describe('with out: for how many seconds the switch must have said so'),
  }),
  title: ({ state }) => state,
  facts: () => ({ health: healthState }),
  plan: ({ state, seconds }, { health }) => {
    const says = isKnown(health) && health !== absent ? health.says : undefined
    const isThere = require('the host has a health check', isKnown(health) ? health !== absent : unknown, {
      hint: 'set it up by a brokerHealth task, as playbooks/cluster.ts does',
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
      require(`load balancers have been told for ${seconds} s that the broker is out`, isKnown(health)
        ? says !== 'healthy' && health.outFor >= seconds
        : unknown, { otherwise: `the health check says: ${says}`, within: seconds + patience }),
    ]
  },
})
