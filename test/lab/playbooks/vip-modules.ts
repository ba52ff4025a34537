import * as z from 'zod'
import { play, playbook } from 'haq'
import { networkdKeeps, vridUnclaimed } from 'haq/modules'

/** What guards a virtual IP: against systemd-networkd, and against a stranger with the same VRID. */
export default playbook({
  name: 'Guards of a virtual IP',
  vars: z.object({ interface: z.string(), peer: z.string().default('192.168.1.121') }),
  plays: ({ group }) => [
    play('networkd', { hosts: group('rabbit'), tags: ['networkd'] }, ({ vars }) => [
      networkdKeeps({ interface: vars.interface }),
    ]),
    play('VRID', { hosts: group('rabbit').slice(0, 1), tags: ['vrid'] }, ({ vars }) => [
      vridUnclaimed({ interface: vars.interface, virtualRouterId: 60, peers: [vars.peer] }),
    ]),
  ],
})
