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
  retry: whole(0, 1000).default(3).describe('more tries before a failure counts'),
  delayBeforeRetry: seconds(0, 3600).default(3).describe('seconds between two tries, 0 to 3600'),
}

const connect = {
  connectIp: address.optional().describe("address to connect to; the real server's when left out"),
  connectPort: port.optional().describe("port to connect to; the real server's when left out"),
}

const tcpCheck = z.strictObject({
  type: z.literal('tcp').describe('the port takes a connection (TCP_CHECK)'),
  ...connect,
  connectTimeout: seconds(0.1, 3600).default(3).describe('seconds to wait for the connection, 0.1 to 3600'),
  ...retries,
})

// A server that says no leaves after delayLoop and one second, one that is silent after delayLoop and three.
const httpCheck = z.strictObject({
  type: z.literal('http').describe('a page is answered with the right status (HTTP_GET)'),
  ...connect,
  path: urlPath.default('/').describe('the page that is asked for'),
  statusCode: whole(100, 599).default(200).describe('status of a good answer'),
  connectTimeout: seconds(0.1, 3600).default(1).describe('seconds to wait for the connection and the answer'),
  retry: whole(0, 1000).default(1).describe('more tries before a failure counts'),
  delayBeforeRetry: seconds(0, 3600).default(1).describe('seconds between two tries, 0 to 3600'),
})

const miscCheck = z.strictObject({
  type: z.literal('misc').describe('a program says whether the server is good (MISC_CHECK)'),
  path: command.describe('absolute path and arguments; exit status 0 is good'),
  timeout: whole(1, 3600, 'seconds').optional().describe('seconds after which a run has failed; delayLoop if left out'),
  dynamic: z.boolean().default(false).describe('exit status 2 to 255 sets the weight to that number less 2'),
  user: user.optional().describe("user, or 'user group', that it runs as; scriptUser when left out"),
  ...retries,
})

const check = z.discriminatedUnion('type', [tcpCheck, httpCheck, miscCheck], {
  error: "takes a check of type 'tcp', 'http' or 'misc'",
})

const realServer = z.strictObject({
  address: address.describe('address of the server'),
  port: port.optional().describe("port of the server; the virtual server's when left out"),
  weight: whole(0, 65_535).default(1).describe('share of the connections, relative to the others; 0 for none'),
  inhibitOnFailure: z.boolean().default(false).describe('set the weight to 0 on failure, so that connections can end'),
  notifyUp: command.optional().describe('run when the server comes into the pool'),
  notifyDown: command.optional().describe('run when the server leaves the pool'),
  checks: z
    .array(check)
    .default([])
    .describe('how its health is checked, all of them must be good; without any the server is always in the pool'),
})

const algorithms = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sh', 'mh', 'dh', 'fo', 'ovf', 'sed', 'nq'] as const

/** A service that IPVS balances. @see keepalived.conf(5), Virtual server(s) */
export const virtualServer = z
  .strictObject({
    address: address.optional().describe('virtual IP of the service; needs port'),
    port: port.optional().describe('port of the service, 1 to 65535'),
    fwmark: whole(1, 4_294_967_295).optional().describe('firewall mark of the packets, in place of address and port'),
    delayLoop: seconds(0.1, 86_400).default(6).describe('seconds between two health checks, 0.1 to 86400'),
    lbAlgo: z
      .enum(algorithms, { error: `takes one of ${algorithms.join(', ')}` })
      .default('rr')
      .describe('scheduler, such as rr (in turn), wrr (in turn, by weight), lc (fewest connections), sh (by source)'),
    lbKind: z
      .enum(['DR', 'NAT', 'TUN'], { error: "takes 'DR', 'NAT' or 'TUN'" })
      .default('DR')
      .describe('forwarding: DR direct routing, NAT through this host, TUN by tunnel'),
    protocol: z
      .enum(['TCP', 'UDP'], { error: "takes 'TCP' or 'UDP'" })
      .default('TCP')
      .describe('protocol of the service; without meaning for a fwmark'),
    persistenceTimeout: whole(1, 2_678_400, 'seconds')
      .optional()
      .describe('seconds that a client stays with one real server, 1 to 2678400; each connection anew when left out'),
    haSuspend: z.boolean().default(false).describe('no health checks while this host does not hold the virtual IP'),
    alpha: z.boolean().default(false).describe('real servers count as down until their first good check'),
    omega: z.boolean().default(false).describe('run notifyDown for real servers when keepalived stops'),
    quorum: whole(1, 65_535)
      .optional()
      .describe('total weight of good real servers that the service needs; 1 if left out'),
    hysteresis: whole(0, 65_534)
      .optional()
      .describe('weight by which the quorum must be passed to count as gained or lost'),
    sorryServer: z
      .strictObject({ address: address.describe('its address'), port: port.optional().describe('its port') })
      .optional()
      .describe('server that answers while the quorum is not reached'),
    realServers: z
      .array(realServer)
      .min(1, { error: 'takes at least one real server' })
      .describe('the servers that do the work'),
  })
  .check(mistakes(serverMistakes))

export type VirtualServer = z.output<typeof virtualServer>
export type RealServer = VirtualServer['realServers'][number]

/** The name of a service in keepalived.conf: `ADDRESS PORT` or `fwmark MARK`. */
export function serviceOf({ address, port, fwmark }: VirtualServer): string {
  return fwmark === undefined ? `${address} ${port}` : `fwmark ${fwmark}`
}

/** What keepalived would drop, change or mis-run in one virtual server. */
function* serverMistakes(server: VirtualServer): Iterable<Mistake> {
  yield* server.fwmark === undefined ? addressMistakes(server) : fwmarkMistakes(server)
  yield* quorumMistakes(server)
  for (const index of repeated(server.realServers.map(({ address, port = server.port }) => `${address} ${port}`)))
    yield { path: ['realServers', index], message: 'is there twice: takes each address and port once' }
}

function* addressMistakes({ address, port, lbKind, realServers, sorryServer }: VirtualServer): Iterable<Mistake> {
  if (address === undefined)
    yield { path: ['address'], message: 'takes an address (with port), or fwmark in its place' }
  if (port === undefined) yield { path: ['port'], message: 'takes the port of the service' }
  for (const [index, real] of realServers.entries()) {
    const path = ['realServers', index]
    if (lbKind !== 'NAT' && real.port !== undefined && port !== undefined && real.port !== port)
      yield {
        path: [...path, 'port'],
        message: `takes the virtual server's own port with ${lbKind}: only NAT changes it`,
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
  if (address !== undefined) yield { path: ['address'], message: 'is not for a fwmark: leave one of the two out' }
  if (port !== undefined) yield { path: ['port'], message: 'is not for a fwmark: leave it out' }
  if (sorryServer?.port !== undefined)
    yield { path: ['sorryServer', 'port'], message: 'is not for a fwmark: leave it out' }
  for (const [index, { port, checks }] of realServers.entries()) {
    if (port !== undefined) yield { path: ['realServers', index, 'port'], message: 'is not for a fwmark: leave it out' }
    for (const [at, check] of checks.entries())
      if (check.type !== 'misc' && check.connectPort === undefined)
        yield {
          path: ['realServers', index, 'checks', at, 'connectPort'],
          message: 'takes the port to check: a fwmark has no port of its own',
        }
  }
}

function* quorumMistakes({ quorum = 1, hysteresis = 0, realServers }: VirtualServer): Iterable<Mistake> {
  const total = realServers.reduce((sum, { weight }) => sum + weight, 0)
  if (realServers.length > 0 && quorum > total)
    yield { path: ['quorum'], message: `takes at most ${total}, the weight of all real servers together` }
  if (hysteresis >= quorum) yield { path: ['hysteresis'], message: 'takes less than the quorum' }
}
