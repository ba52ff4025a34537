import * as z from 'zod'
import { play, playbook } from 'haq'
import { rabbitMaintenance } from 'haq/modules'

/** The first node goes into maintenance, or back. */
export default playbook({
  name: 'maintenance',
  vars: z.object({ state: z.enum(['serving', 'draining']) }),
  plays: ({ group }) => [
    play('maintenance', { hosts: group('rabbit').slice(0, 1) }, ({ vars: { state } }) => [
      rabbitMaintenance({ state }),
    ]),
  ],
})
