import * as z from 'zod'
import { absent, absolutePath, defineModule, interfaceName, isKnown, require, unknown } from 'haq'
import { vrrpHeard } from './vrrp.ts'

/** Seconds in which a router with the usual advert interval of one second sends three adverts. */
const usualAdverts = 3

/**
 * Changes nothing. It fails if another virtual router on the network segment already uses the VRID, such as a pair of
 * firewalls or another cluster. Two virtual routers with one VRID would take each other's adverts for those of a peer,
 * and one of the virtual IPs would disappear. The host listens for the time of three adverts, and for at least 3.3
 * seconds, before it uses the VRID. A host whose keepalived.conf already has the VRID does not listen. The check can't
 * detect adverts by unicast or over IPv6, adverts at longer intervals, and routers that are down.
 *
 * @see RFC 5798, 5.2.3 Virtual Rtr ID
 *
 * @example
 * ```ts
 * vridUnclaimed({
 *   interface: 'eth1',
 *   virtualRouterId: 60,
 *   peers: group('directors').map(({ address }) => address),
 * })
 * ```
 */
export const vridUnclaimed = defineModule({
  name: 'vridUnclaimed',
  summary: 'Fail if another virtual router on the network already uses the VRID',
  params: z.object({
    interface: interfaceName.describe('the interface for VRRP adverts'),
    virtualRouterId: z
      .int()
      .min(1)
      .max(255, { error: 'takes a whole number from 1 to 255' })
      .describe('the VRID to check'),
    peers: z
      .array(z.ipv4({ error: 'takes an IPv4 address' }))
      .readonly()
      .default([])
      .describe('addresses of the nodes that share the VRID'),
    advertInt: z.number().min(0.01).max(255).default(1).describe('seconds between adverts on the network segment'),
    path: absolutePath.default('/etc/keepalived/keepalived.conf').describe('path of keepalived.conf'),
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
          hint: 'install perl in an earlier task, or remove this task',
        }),
      ]
    const strangers = heard.filter(address => !peers.includes(address))
    return [
      require(that, strangers.length === 0, {
        otherwise: `VRID ${virtualRouterId} is already taken on ${dev} by ${strangers.join(' and ')}`,
        hint: 'choose another virtualRouterId; if the other router is one of your own nodes, add its address to peers',
      }),
    ]
  },
})
