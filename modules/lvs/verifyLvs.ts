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
import { ipvsTable, type IpvsServer, type IpvsService } from './ipvs.ts'

type Table = readonly IpvsService[] | Absent | Unknown
type Addresses = readonly AddressState[] | Absent | Unknown

/** Seconds until a keepalived that has just started has checked every real server and added it to the table. */
const within = 30

const params = z.object({
  vip: z.ipv4({ error: 'takes an IPv4 address' }).describe('the virtual IP'),
  interface: interfaceName.describe('the interface that has the virtual IP on its holder'),
  directors: z.array(hostRef()).min(1).readonly().describe('the hosts that may hold it'),
  port: z.int().min(1).max(65535).describe('the TCP port of the service'),
  fwmark: z
    .int()
    .min(1)
    .max(4_294_967_295)
    .optional()
    .describe('firewall mark of the service, if it is balanced by a mark'),
  realServers: z
    .array(z.ipv4({ error: 'takes an IPv4 address' }))
    .min(1)
    .readonly()
    .describe('addresses of the real servers: exactly these must be in the table'),
})

/**
 * Changes nothing. It fails unless the director that holds the virtual IP balances over exactly the real servers, each
 * with a weight, and by direct routing. It reads the IPVS table of the kernel, not keepalived's configuration.
 *
 * @see ipvsadm(8)
 *
 * @example
 * ```ts
 * verifyLvs({
 *   vip: '192.168.1.120',
 *   interface: 'eth1',
 *   directors: group('directors'),
 *   port: 5672,
 *   realServers: group('rabbit').map(({ address }) => address),
 * })
 * ```
 */
export const verifyLvs = defineModule({
  name: 'verifyLvs',
  summary: 'Fail unless the holder of the virtual IP balances over exactly the real servers',
  params,
  title: ({ vip, port }) => `${vip}:${port}`,
  facts: ({ interface: dev, directors }) =>
    Object.fromEntries(
      directors.flatMap((host): readonly (readonly [string, Fact<unknown>])[] => [
        [`addresses of ${host.name}`, on(host, addresses(dev))],
        [`table of ${host.name}`, on(host, ipvsTable)],
      ]),
    ),
  plan: (params, facts) => {
    const { vip, port, directors } = params
    const held = facts as Readonly<Record<string, Addresses>>
    const tables = facts as Readonly<Record<string, Table>>
    const that = `the holder balances ${vip}:${port} over exactly the real servers`
    if (directors.some(({ name }) => !isKnown(held[`addresses of ${name}`] ?? absent))) return [require(that, unknown)]
    const holders = directors.filter(({ name }) => holdsAddress(held[`addresses of ${name}`] ?? absent, vip))
    const wrong = holders.flatMap(holder => wrongIn(params, holder, tables[`table of ${holder.name}`] ?? absent))
    if (wrong.includes(unknown)) return [require(that, unknown)]
    return [
      require(that, holders.length > 0 && wrong.length === 0, {
        otherwise: holders.length === 0 ? `no host holds ${vip}` : wrong.filter(isKnown).join('; '),
        hint: 'ipvsadm -Ln and journalctl -u keepalived on the holder show why real servers failed their checks',
        within,
      }),
    ]
  },
})

/** The differences between the holder's table and the wanted one, as sentences. */
function wrongIn(
  { vip, port, fwmark, realServers }: z.output<typeof params>,
  { name }: HostRef,
  table: Table,
): readonly (string | Unknown)[] {
  if (!isKnown(table)) return [unknown]
  if (table === absent) return [`the kernel of ${name} has no IPVS loaded`]
  const service = fwmark === undefined ? `TCP ${vip}:${port}` : `FWM ${fwmark}`
  const found = table.find(entry => entry.name === service)
  if (!found) return [`${name} does not balance ${service}`]
  const missing = realServers.filter(address => !found.servers.some(server => server.address === address))
  return [
    ...missing.map(address => `${name} does not balance over ${address}`),
    ...found.servers.flatMap(server => wrongWith(server, realServers).map(what => `${name} ${what}`)),
  ]
}

function wrongWith({ address, weight, forward }: IpvsServer, realServers: readonly string[]): readonly string[] {
  if (!realServers.includes(address)) return [`balances over ${address}, which is not one of the real servers`]
  return [
    ...(weight === 0 ? [`sends no connections to ${address}: its weight is 0`] : []),
    // If the director itself is a real server, IPVS shows it as local.
    ...(forward === 'Route' || forward === 'Local' ? [] : [`reaches ${address} by ${forward}, not by direct routing`]),
  ]
}
