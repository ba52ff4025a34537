import * as z from 'zod'
import { absent, absolutePath, defineModule, interfaceName, isKnown, require, unknown } from 'haq'
import { vrrpHeard } from './vrrp.ts'

/** Seconds that a router with the usual interval of one second takes for three adverts. */
const usualAdverts = 3

/**
 * Changes nothing: fails where somebody else on the segment already is a virtual router of this VRID, such as a firewall
 * pair or another cluster. Both sides would take the other's adverts for those of a peer, and one virtual IP would be
 * gone. It listens for three adverts, and at least for three usual ones, before a host takes the VRID; a host whose
 * keepalived.conf has it is not asked again. Adverts by unicast, over IPv6, at longer intervals, and those of a router
 * that is down now are not heard.
 *
 * @see RFC 5798, 5.2.3 Virtual Rtr ID
 */
export const vridUnclaimed = defineModule({
  name: 'vridUnclaimed',
  summary: 'Fail if another virtual router on the network already uses the VRID',
  params: z.object({
    interface: interfaceName.describe('the interface on which adverts will be sent'),
    virtualRouterId: z
      .int()
      .min(1)
      .max(255, { error: 'takes a whole number from 1 to 255' })
      .describe('the VRID that is to be taken'),
    peers: z
      .array(z.ipv4({ error: 'takes an IPv4 address' }))
      .readonly()
      .default([])
      .describe('addresses of the nodes that share it'),
    advertInt: z.number().min(0.01).max(255).default(1).describe('seconds between adverts on the segment'),
    path: absolutePath.default('/etc/keepalived/keepalived.conf').describe("the host's keepalived.conf"),
  }),
  title: ({ virtualRouterId, interface: dev }) => `${virtualRouterId} on ${dev}`,
  facts: ({ interface: dev, virtualRouterId, advertInt, path }) => ({
    heard: vrrpHeard(dev, virtualRouterId, Math.max(3 * advertInt, usualAdverts), path),
  }),
  plan: ({ interface: dev, virtualRouterId, peers }, { heard }) => {
    const that = `VRID ${virtualRouterId} is free on ${dev}`
    if (!isKnown(heard)) return [require(that, unknown)]
    if (heard === absent)
      return [
        require(that, false, {
          otherwise: `the host can't listen for VRRP on ${dev}: it has no such interface, or no perl`,
          hint: 'install perl in an earlier task, or leave this one out',
        }),
      ]
    const strangers = heard.filter(address => !peers.includes(address))
    return [
      require(that, strangers.length === 0, {
        otherwise: `VRID ${virtualRouterId} is already taken on ${dev} by ${strangers.join(' and ')}`,
        hint: 'take another virtualRouterId; where that is one of your own nodes, name its address in peers',
      }),
    ]
  },
})
