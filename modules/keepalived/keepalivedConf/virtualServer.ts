import * as z from 'zod'
import {
  address,
  command,
  familyOf,
  mistakes,
  port,
  repeated,
  seconds,
  urlPath,
  user,
  whole,
  type Mistake,
} from './words.ts'

const retries = {
  retry: whole(0, 1000).default(3).describe('tries after the first failure before the check counts as failed'),
  delayBeforeRetry: seconds(0, 3600).default(3).describe('seconds between two tries, 0 to 3600'),
}

const connect = {
  connectIp: address.optional().describe("address to connect to; left out, the real server's address"),
  connectPort: port.optional().describe("port to connect to; left out, the real server's port"),
}

const tcpCheck = z.strictObject({
  type: z.literal('tcp').describe('TCP_CHECK: healthy if the port accepts a connection'),
  ...connect,
  connectTimeout: seconds(0.1, 3600).default(3).describe('seconds to wait for the connection, 0.1 to 3600'),
  ...retries,
})

// A server that refuses connections leaves the pool after delayLoop and one second; a silent one after delayLoop and
// three.
const httpCheck = z.strictObject({
  type: z.literal('http').describe('HTTP_GET: healthy if a page is answered with the right status'),
  ...connect,
  path: urlPath.default('/').describe('the page to request'),
  statusCode: whole(100, 599).default(200).describe('HTTP status of a healthy answer'),
  connectTimeout: seconds(0.1, 3600).default(1).describe('seconds to wait for the connection and for the answer'),
  retry: whole(0, 1000).default(1).describe('tries after the first failure before the check counts as failed'),
  delayBeforeRetry: seconds(0, 3600).default(1).describe('seconds between two tries, 0 to 3600'),
})

const miscCheck = z.strictObject({
  type: z.literal('misc').describe('MISC_CHECK: healthy if a program says so'),
  path: command.describe('absolute path and arguments of the program; exit status 0 means healthy'),
  timeout: whole(1, 3600, 'seconds')
    .optional()
    .describe('seconds after which a running program counts as failed; left out, delayLoop'),
  dynamic: z
    .boolean()
    .default(false)
    .describe('a dynamic weight: exit status 2 to 255 sets the weight to that number minus 2'),
  user: user.optional().describe("user, or 'user group', that runs the program; left out, scriptUser"),
  ...retries,
})

const check = z.discriminatedUnion('type', [tcpCheck, httpCheck, miscCheck], {
  error: "takes a check of type 'tcp', 'http' or 'misc'",
})

const realServer = z.strictObject({
  address: address.describe('address of the real server'),
  port: port.optional().describe('port of the real server; left out, the port of the virtual server'),
  weight: whole(0, 65_535)
    .default(1)
    .describe('share of the connections relative to the other real servers; 0 means none'),
  inhibitOnFailure: z
    .boolean()
    .default(false)
    .describe('on failure, set the weight to 0 instead of removing the server, so that open connections can end'),
  notifyUp: command.optional().describe('command to run when the real server is added to the pool'),
  notifyDown: command.optional().describe('command to run when the real server is removed from the pool'),
  checks: z
    .array(check)
    .default([])
    .describe('health checks; all of them must pass; without any check the real server is always in the pool'),
})

const algorithms = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sh', 'mh', 'dh', 'fo', 'ovf', 'sed', 'nq'] as const

/** A service that IPVS balances. @see keepalived.conf(5), Virtual server(s) */
export const virtualServer = z
  .strictObject({
    address: address.optional().describe('virtual IP of the service; needs port'),
    port: port.optional().describe('port of the service, 1 to 65535'),
    fwmark: whole(1, 4_294_967_295).optional().describe('firewall mark of the packets, instead of address and port'),
    delayLoop: seconds(0.1, 86_400).default(6).describe('seconds between two health checks, 0.1 to 86400'),
    lbAlgo: z
      .enum(algorithms, { error: `takes one of ${algorithms.join(', ')}` })
      .default('rr')
      .describe('scheduler, such as rr (in turn), wrr (in turn, by weight), lc (fewest connections), sh (by source)'),
    lbKind: z
      .enum(['DR', 'NAT', 'TUN'], { error: "takes 'DR', 'NAT' or 'TUN'" })
      .default('DR')
      .describe('forwarding method: DR (direct routing), NAT (through this host) or TUN (IP tunnel)'),
    protocol: z
      .enum(['TCP', 'UDP'], { error: "takes 'TCP' or 'UDP'" })
      .default('TCP')
      .describe('protocol of the service; not used with a fwmark'),
    persistenceTimeout: whole(1, 2_678_400, 'seconds')
      .optional()
      .describe(
        'seconds for which a client stays with one real server, 1 to 2678400; left out, each connection is balanced separately',
      ),
    haSuspend: z.boolean().default(false).describe('run no health checks while this host does not hold the virtual IP'),
    alpha: z.boolean().default(false).describe('real servers count as down until their first successful check'),
    omega: z.boolean().default(false).describe('run notifyDown for all real servers when keepalived stops'),
    quorum: whole(1, 65_535)
      .optional()
      .describe('total weight of healthy real servers that the service needs; left out, 1'),
    hysteresis: whole(0, 65_534)
      .optional()
      .describe('by how much the total weight must pass the quorum before it counts as reached or lost'),
    sorryServer: z
      .strictObject({
        address: address.describe('address of the server'),
        port: port.optional().describe('port of the server'),
      })
      .optional()
      .describe('server that gets the connections while the quorum is not reached'),
    realServers: z
      .array(realServer)
      .min(1, { error: 'takes at least one real server' })
      .describe('the real servers, which do the work'),
  })
  .check(mistakes(serverMistakes))

export type VirtualServer = z.output<typeof virtualServer>
export type RealServer = VirtualServer['realServers'][number]

/** The name of a service in keepalived.conf: `ADDRESS PORT` or `fwmark MARK`. */
export function serviceOf({ address, port, fwmark }: VirtualServer): string {
  return fwmark === undefined ? `${address} ${port}` : `fwmark ${fwmark}`
}

/** Refuses what keepalived would drop, change or run wrongly in a virtual server. */
function* serverMistakes(server: VirtualServer): Iterable<Mistake> {
  yield* server.fwmark === undefined ? addressMistakes(server) : fwmarkMistakes(server)
  yield* quorumMistakes(server)
  for (const index of repeated(server.realServers.map(({ address, port = server.port }) => `${address} ${port}`)))
    yield { path: ['realServers', index], message: 'is listed twice: list each address and port once' }
}

function* addressMistakes({ address, port, lbKind, realServers, sorryServer }: VirtualServer): Iterable<Mistake> {
  if (address === undefined) yield { path: ['address'], message: 'takes an address (with port), or a fwmark instead' }
  if (port === undefined) yield { path: ['port'], message: 'takes the port of the service' }
  for (const [index, real] of realServers.entries()) {
    const path = ['realServers', index]
    if (lbKind !== 'NAT' && real.port !== undefined && port !== undefined && real.port !== port)
      yield {
        path: [...path, 'port'],
        message: `takes the virtual server's port with ${lbKind}: only NAT changes the port`,
      }
    if (lbKind !== 'TUN' && differ(address, real.address))
      yield { path: [...path, 'address'], message: 'takes an address of the same family as the virtual server' }
  }
  if (lbKind !== 'TUN' && differ(address, sorryServer?.address))
    yield { path: ['sorryServer', 'address'], message: 'takes an address of the same family as the virtual server' }
}

function differ(a = '', b = ''): boolean {
  return familyOf(a) !== 0 && familyOf(b) !== 0 && familyOf(a) !== familyOf(b)
}

function* fwmarkMistakes({ address, port, realServers, sorryServer }: VirtualServer): Iterable<Mistake> {
  if (address !== undefined)
    yield { path: ['address'], message: 'is not allowed with a fwmark: leave one of the two out' }
  if (port !== undefined) yield { path: ['port'], message: 'is not allowed with a fwmark: leave it out' }
  if (sorryServer?.port !== undefined)
    yield { path: ['sorryServer', 'port'], message: 'is not allowed with a fwmark: leave it out' }
  for (const [index, { port, checks }] of realServers.entries()) {
    if (port !== undefined)
      yield { path: ['realServers', index, 'port'], message: 'is not allowed with a fwmark: leave it out' }
    for (const [at, check] of checks.entries())
      if (check.type !== 'misc' && check.connectPort === undefined)
        yield {
          path: ['realServers', index, 'checks', at, 'connectPort'],
          message: 'takes the port to check, because a fwmark has no port',
        }
  }
}

function* quorumMistakes({ quorum = 1, hysteresis = 0, realServers }: VirtualServer): Iterable<Mistake> {
  const total = realServers.reduce((sum, { weight }) => sum + weight, 0)
  if (realServers.length > 0 && quorum > total)
    yield { path: ['quorum'], message: `takes at most ${total}, the total weight of all real servers` }
  if (hysteresis >= quorum) yield { path: ['hysteresis'], message: 'takes less than the quorum' }
}
