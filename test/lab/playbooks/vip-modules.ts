import * as z from 'zod'
import { play, playbook } from 'haq'
import { networkdKeeps, verifyArp, vridUnclaimed } from 'haq/modules'

/**
 * Modules that protect a virtual IP: from systemd-networkd, from a foreign VRID, and from other hosts that answer ARP.
 */
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
    play('ARP', { hosts: group('rabbit'), tags: ['arp'] }, ({ vars }) => [
      verifyArp({ vip: '192.168.1.120', interface: vars.interface, hosts: group('rabbit') }),
    ]),
  ],
})
