import * as z from 'zod'
import {
  absent,
  addresses,
  defineModule,
  holdsAddress,
  hostRef,
  interfaceName,
  isKnown,
  on,
  require,
  unknown,
  type Absent,
  type AddressState,
  type Fact,
  type HostRef,
  type Unknown,
} from 'haq'
import { arpAnswers } from '../network/arp.ts'
import { linkAddress } from '../network/link-address.ts'

type Addresses = readonly AddressState[] | Absent | Unknown

/** Seconds that an election of the master may take. */
const within = 30

/**
 * Changes nothing. It sends ARP requests for the virtual IP, and fails if any host answers other than the one that
 * holds the virtual IP on its interface. A real server or an unknown host that answers would take clients away from
 * the director. A host does not receive its own answers, so run this task on at least two hosts.
 *
 * @see RFC 5227; ip-sysctl in the kernel's documentation, arp_ignore
 *
 * @example
 * ```ts
 * verifyArp({
 *   vip: '192.168.1.120',
 *   interface: 'eth1',
 *   hosts: group('directors'),
 * })
 * ```
 */
export const verifyArp = defineModule({
  name: 'verifyArp',
  summary: 'Fail unless only the holder of the virtual IP answers ARP requests for it',
  params: z.object({
    vip: z.ipv4({ error: 'takes an IPv4 address' }).describe('the virtual IP'),
    interface: interfaceName.describe('the interface that has the virtual IP, and on which to send the ARP requests'),
    hosts: z.array(hostRef()).min(1).readonly().describe('the hosts that may hold it'),
  }),
  title: ({ vip }) => vip,
  facts: ({ vip, interface: dev, hosts }) => ({
    answers: arpAnswers(vip, dev),
    own: linkAddress(dev),
    ...Object.fromEntries(
      hosts.flatMap((host): readonly (readonly [string, Fact<unknown>])[] => [
        [`on ${host.name}`, on(host, addresses(dev))],
        [`link of ${host.name}`, on(host, linkAddress(dev))],
      ]),
    ),
  }),
  plan: ({ vip, interface: dev, hosts }, facts) => {
    const that = `only its holder answers ARP for ${vip}`
    if (!Object.values(facts).every(isKnown)) return [require(that, unknown)]
    const states = facts as Readonly<Record<string, Addresses>>
    const links = facts as unknown as Readonly<Record<string, string | Absent>>
    const { answers, own } = facts
    if (!isKnown(answers) || answers === absent)
      return [
        require(that, false, {
          otherwise: `the host can't send ARP requests on ${dev}: it has no such interface, or no perl`,
          hint: 'install perl in an earlier task, or remove this task',
        }),
      ]
    const linkOf = ({ name }: HostRef) => links[`link of ${name}`]
    const holders = hosts.filter(({ name }) => holdsAddress(states[`on ${name}`] ?? absent, vip)).map(linkOf)
    const others = answers.filter(mac => !holders.includes(mac))
    if (others.length > 0) {
      const names = others.map(mac =>
        [hosts.find(host => linkOf(host) === mac)?.name ?? 'an unknown host', mac].join(' '),
      )
      return [
        require(that, false, {
          otherwise: `ARP for ${vip} is answered by ${names.join(' and ')}, which does not hold it on ${dev}`,
          hint: 'sysctlArp stops a real server from answering; an unknown host has the same address: change one of the two',
        }),
      ]
    }
    return [
      require(that, answers.length > 0 || (isKnown(own) && holders.includes(own)), {
        otherwise: `nobody answers ARP for ${vip} on ${dev}`,
        hint: 'look at keepalived on each director: journalctl -u keepalived',
        within,
      }),
    ]
  },
})
