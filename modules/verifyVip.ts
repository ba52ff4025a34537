import * as z from 'zod'
import {
  absent,
  addresses,
  amqpAnswers,
  defineModule,
  hostRef,
  isKnown,
  on,
  require,
  unknown,
  type Absent,
  type HostRef,
  type AddressState,
  type Unknown,
} from 'haq'

type Addresses = readonly AddressState[] | Absent | Unknown

/** Seconds for an election, and for a broker that has just started. */
const within = 30

/**
 * Changes nothing: fails unless exactly one of the hosts holds the virtual IP on its interface, and a broker answers
 * on it. After keepalived starts an election takes some seconds; it is given 30.
 *
 * @see keepalived(8)
 */
export const verifyVip = defineModule({
  name: 'verifyVip',
  summary: 'Fail unless the virtual IP is on exactly one host and a broker answers on it',
  params: z.object({
    vip: z.ipv4({ error: 'takes an IPv4 address' }).describe('the virtual IP'),
    interface: z
      .string()
      .regex(/^[A-Za-z0-9][\w.-]{0,14}$/, { error: 'takes an interface name of up to 15 characters' })
      .describe('the interface on which its holder has it'),
    hosts: z.array(hostRef()).min(1).readonly().describe('the hosts that may hold it'),
    port: z.int().min(1).max(65535).default(5672).describe('the TCP port on which a broker must answer'),
  }),
  title: ({ vip }) => vip,
  facts: ({ vip, interface: interfaceName, hosts, port }) => ({
    answers: amqpAnswers(vip, port),
    ...Object.fromEntries(hosts.map(host => [`on ${host.name}`, on(host, addresses(interfaceName))])),
  }),
  plan: ({ vip, hosts, port }, facts) => {
    const states = facts as Readonly<Record<string, Addresses>>
    const stateOf = ({ name }: HostRef): Addresses => states[`on ${name}`] ?? absent
    const holders = hosts.filter(host => holds(stateOf(host), vip)).map(({ name }) => name)
    return [
      require(`${vip} is on exactly one host`, hosts.every(host => isKnown(stateOf(host)))
        ? holders.length === 1
        : unknown, {
        otherwise: holders.length === 0 ? `no host holds ${vip}` : `${vip} is held by ${holders.join(' and ')} at once`,
        hint: 'look at keepalived on each of them: journalctl -u keepalived; VRRP is IP protocol 112, multicast to 224.0.0.18',
        within,
      }),
      require(`a broker answers on ${vip}:${port}`, facts.answers, {
        otherwise: `no broker answers on ${vip}:${port}`,
        within,
      }),
    ]
  },
})

function holds(state: Addresses, vip: string): boolean {
  return isKnown(state) && (state ?? []).some(({ address }) => address.split('/')[0] === vip)
}
