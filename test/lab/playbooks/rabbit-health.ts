import * as z from 'zod'
import { play, playbook } from 'haq'
import { brokerHealth, brokerPool, taskProcessor, verifyBrokerHealth } from 'haq/modules'

/** The services beside a broker: the health check for load balancers, and a processor of its tasks. */
export default playbook({
  name: 'beside the broker',
  vars: z.object({
    state: z.enum(['present', 'absent']).default('present'),
    pool: z.enum(['in', 'out']).default('in'),
    port: z.int().default(5679),
  }),
  plays: ({ group }) => [
    play('beside', { hosts: group('rabbit'), tags: ['beside'] }, ({ name, vars: { state, port } }) => [
      brokerHealth({ state, port }),
      taskProcessor({
        name: 'waiter',
        command: [
          '/bin/sh',
          '-c',
          'echo "$1 on $NODE costs 5% of \\"$2\\""; exec sleep infinity',
          'sh',
          '$HOME',
          'a  b',
        ],
        user: 'nobody',
        environment: { NODE: `${name} "100%"` },
        state,
      }),
    ]),
    play('pool', { hosts: group('rabbit').slice(0, 1), tags: ['pool'] }, ({ vars: { pool } }) => [
      brokerPool({ state: pool, reason: 'a test' }),
      verifyBrokerHealth(pool === 'in' ? {} : { state: 'out', seconds: 2 }),
    ]),
  ],
})
