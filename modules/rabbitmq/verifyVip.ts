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
  sysctls,
  unknown,
  type Absent,
  type AddressState,
  type Fact,
  type HostRef,
  type Requirement,
  type SysctlValues,
  type Unknown,
} from 'haq'
import { amqpAnswers } from './facts/amqp.ts'

type Addresses = readonly AddressState[] | Absent | Unknown

/** Seconds for the election of a master, and for a broker that has just started. */
const within = 30

/**
 * Changes nothing. It fails unless exactly one of the hosts has the virtual IP on its interface, no other host would
 * answer ARP for it, and a broker answers on it. An election takes some seconds after keepalived starts, so the check
 * waits up to 30 seconds.
 *
 * The check derives from kernel settings (arp_ignore, arp_announce) which hosts answer ARP: a host that has the
 * address on its loopback interface can't send ARP requests for it. The neighbour table of a client is not checked. On
 * a real server, its own broker answers. A director without a broker can't connect while it holds the virtual IP,
 * because the brokers would answer themselves and not the director.
 *
 * @see keepalived(8), ip-sysctl in the kernel's documentation
 *
 * @example
 * ```ts
 * verifyVip({
 *   vip: '192.168.1.120',
 *   interface: 'eth1',
 *   hosts: group('directors'),
 *   port: 5672,
 * })
 * ```
 */
export const verifyVip = defineModule({
  name: 'verifyVip',
  summary: 'Fail unless exactly one host has the virtual IP, only that host answers ARP, and a broker answers there',
  params: z.object({
    vip: z.ipv4({ error: 'takes an IPv4 address' }).describe('the virtual IP'),
    interface: interfaceName.describe('the interface that has the virtual IP on its holder'),
    hosts: z.array(hostRef()).min(1).readonly().describe('the hosts that may hold it'),
    port: z.int().min(1).max(65535).default(5672).describe('the TCP port on which a broker must answer'),
  }),
  title: ({ vip }) => vip,
  facts: ({ vip, interface: dev, hosts, port }) => ({
    answers: amqpAnswers(vip, port),
    own: addresses(dev),
    loopback: addresses('lo'),
    ...Object.fromEntries(
      hosts.flatMap((host): readonly (readonly [string, Fact<unknown>])[] => [
        [`on ${host.name}`, on(host, addresses(dev))],
        [`loopback of ${host.name}`, on(host, addresses('lo'))],
        [`arp of ${host.name}`, on(host, arpSettings(dev))],
      ]),
    ),
  }),
  plan: (params, facts) => {
    const { vip, hosts, port } = params
    const states = facts as Readonly<Record<string, Addresses>>
    const settings = facts as unknown as Readonly<Record<string, SysctlValues | Unknown>>
    const stateOf = ({ name }: HostRef): Addresses => states[`on ${name}`] ?? absent
    const holders = hosts.filter(host => holdsAddress(stateOf(host), vip)).map(({ name }) => name)
    return [
      require(`exactly one host holds ${vip}`, hosts.every(host => isKnown(stateOf(host)))
        ? holders.length === 1
        : unknown, {
        otherwise: holders.length === 0 ? `no host holds ${vip}` : `${vip} is held by ${holders.join(' and ')} at once`,
        hint: 'look at keepalived on each of the hosts: journalctl -u keepalived; VRRP is IP protocol 112, multicast to 224.0.0.18',
        within,
      }),
      ...hosts.map(host =>
        staysSilent(params, host, states[`loopback of ${host.name}`] ?? absent, settings[`arp of ${host.name}`] ?? {}),
      ),
      ...(isDirectorAlone(vip, facts.own, facts.loopback)
        ? []
        : [
            require(`a broker answers on ${vip}:${port}`, facts.answers, {
              otherwise: `no broker answers on ${vip}:${port}`,
              within,
            }),
          ]),
    ]
  },
})

/** Whether this host holds the address and is not a real server. */
function isDirectorAlone(vip: string, own: Addresses, lo: Addresses): boolean {
  return holdsAddress(own, vip) && isKnown(lo) && !holdsAddress(lo, vip)
}

function arpSettings(interfaceName: string): Fact<SysctlValues> {
  return sysctls(
    ['arp_ignore', 'arp_announce'].flatMap(setting => ['all', interfaceName].map(scope => arpName(scope, setting))),
  )
}

function arpName(scope: string, setting: string): string {
  return `net.ipv4.conf.${scope.replaceAll('.', '/')}.${setting}`
}

/**
 * Requires that a host with the virtual IP on its loopback interface does not answer ARP for it, but leaves this to
 * the holder.
 */
function staysSilent(
  { vip, interface: dev }: { readonly vip: string; readonly interface: string },
  { name }: HostRef,
  lo: Addresses,
  settings: SysctlValues | Unknown,
): Requirement {
  const that = `${name} neither answers nor sends ARP for ${vip}`
  if (isKnown(lo) && !holdsAddress(lo, vip)) return require(that, true)
  if (!isKnown(lo) || !isKnown(settings)) return require(that, unknown)
  // The kernel uses the larger one of the two values.
  const value = (setting: string): number =>
    Math.max(...['all', dev].map(scope => Number(settings[arpName(scope, setting)] ?? 0)))
  const wrong = [
    ...(value('arp_ignore') === 0 ? ['answers ARP for it (arp_ignore is 0)'] : []),
    ...(value('arp_announce') < 2
      ? [`uses it as the source of ARP requests (arp_announce is ${value('arp_announce')})`]
      : []),
  ]
  return require(that, wrong.length === 0, {
    otherwise: `${name} has ${vip} on its loopback and ${wrong.join(' and ')}: clients would bypass the director`,
    hint: 'sysctlArp sets both sysctls',
  })
}
