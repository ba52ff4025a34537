import { deepStrictEqual } from 'node:assert'
import { test } from 'uvu'
import { cluster, problemsOf } from './keepalivedConf.fixtures.ts'

const [service] = cluster.virtualServers
const real = { address: '192.168.1.121' }
const server = (changes: object): object => ({ virtualServers: [{ ...service, ...changes }] })

/** Parameters, and every problem that must be found in them, as `path: message`. */
const refusals: readonly { name: string; params: object; problems: readonly string[] }[] = [
  {
    name: 'a missing service, and a duplicate one',
    params: { virtualServers: [{ realServers: [real] }, service, service] },
    problems: [
      'virtualServers[0].address: takes an address (with port), or a fwmark instead',
      'virtualServers[0].port: takes the port of the service',
      'virtualServers[2]: is listed twice: list each service once',
    ],
  },
  {
    name: 'values that keepalived does not know',
    params: server({
      lbAlgo: 'fast',
      lbKind: 'dr',
      protocol: 'SCTP',
      realServers: [
        { ...real, checks: [{ type: 'ping' }] },
        { ...real, port: 1, checks: [{ type: 'http', path: 'health', statusCode: 99 }] },
      ],
    }),
    problems: [
      'virtualServers[0].lbAlgo: takes one of rr, wrr, lc, wlc, lblc, lblcr, sh, mh, dh, fo, ovf, sed, nq',
      "virtualServers[0].lbKind: takes 'DR', 'NAT' or 'TUN'",
      "virtualServers[0].protocol: takes 'TCP' or 'UDP'",
      "virtualServers[0].realServers[0].checks[0].type: takes a check of type 'tcp', 'http' or 'misc'",
      'virtualServers[0].realServers[1].checks[0].path: takes a path such as /health: visible ASCII without quotes, backslashes, braces and ! # $',
      'virtualServers[0].realServers[1].checks[0].statusCode: takes a whole number from 100 to 599',
    ],
  },
  {
    name: "real servers that direct routing can't reach",
    params: server({ realServers: [{ ...real, port: 5673 }, { address: 'fd00::1' }, { address: 'fd00::1' }] }),
    problems: [
      "virtualServers[0].realServers[0].port: takes the virtual server's port with DR: only NAT changes the port",
      'virtualServers[0].realServers[1].address: takes an address of the same family as the virtual server',
      'virtualServers[0].realServers[2].address: takes an address of the same family as the virtual server',
      'virtualServers[0].realServers[2]: is listed twice: list each address and port once',
    ],
  },
  {
    name: "a quorum that can't be reached",
    params: server({ quorum: 3, hysteresis: 3, persistenceTimeout: 0 }),
    problems: [
      'virtualServers[0].persistenceTimeout: takes a whole number of seconds from 1 to 2678400',
      'virtualServers[0].quorum: takes at most 2, the total weight of all real servers',
      'virtualServers[0].hysteresis: takes less than the quorum',
    ],
  },
  {
    name: 'ports with a firewall mark',
    params: server({
      fwmark: 1,
      sorryServer: { address: '10.0.0.1', port: 80 },
      realServers: [{ ...real, port: 5672, checks: [{ type: 'http' }] }],
    }),
    problems: [
      'virtualServers[0].address: is not allowed with a fwmark: leave one of the two out',
      'virtualServers[0].port: is not allowed with a fwmark: leave it out',
      'virtualServers[0].sorryServer.port: is not allowed with a fwmark: leave it out',
      'virtualServers[0].realServers[0].port: is not allowed with a fwmark: leave it out',
      'virtualServers[0].realServers[0].checks[0].connectPort: takes the port to check, because a fwmark has no port',
    ],
  },
]

for (const { name, params, problems } of refusals)
  test(`keepalivedConf refuses ${name}`, () => deepStrictEqual(problemsOf(params), problems))

test.run()
