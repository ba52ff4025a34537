import { deepStrictEqual } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { type IpvsServer, verifyLvs } from 'haq/modules'
import { lawTests } from 'haq/testing'

const vip = '192.168.1.120'
const params = {
  vip,
  interface: 'eth1',
  directors: [{ name: 'a' }, { name: 'b' }],
  port: 5672,
  realServers: ['192.168.1.121', '192.168.1.114'],
}
const holding = [{ address: `${vip}/32`, label: 'eth1' }]
const server = (address: string, more: Partial<IpvsServer> = {}): IpvsServer => ({
  address,
  port: 5672,
  forward: 'Route',
  weight: 1,
  ...more,
})
const table = (...servers: readonly IpvsServer[]) => [{ name: `TCP ${vip}:5672`, scheduler: 'rr', servers }]
const good = table(server('192.168.1.114'), server('192.168.1.121', { forward: 'Local' }))
/** `a` holds the virtual IP. */
const facts = { 'addresses of a': holding, 'addresses of b': [], 'table of a': good, 'table of b': table() }
const that = `the holder balances ${vip}:5672 over exactly the real servers`

for (const law of lawTests(
  verifyLvs,
  [
    { name: 'all there', params, facts, changes: [] },
    {
      name: 'all real servers, with a firewall mark',
      params: { ...params, fwmark: 7 },
      facts: { ...facts, 'table of a': good.map(service => ({ ...service, name: 'FWM 7' })) },
      changes: [],
    },
    {
      name: 'a missing server, one without weight, an unknown one and one with another forwarding method',
      params: { ...params, realServers: [...params.realServers, '192.168.1.115'] },
      facts: {
        ...facts,
        'table of a': table(
          server('192.168.1.121', { weight: 0 }),
          server('192.168.1.9'),
          server('192.168.1.114', { forward: 'Masq' }),
        ),
      },
      changes: [],
      unmet: [that],
      sentences: [
        'a does not balance over 192.168.1.115; a sends no connections to 192.168.1.121: its weight is 0; ' +
          'a balances over 192.168.1.9, which is not one of the real servers; ' +
          'a reaches 192.168.1.114 by Masq, not by direct routing',
      ],
    },
    {
      name: 'another service only',
      params: { ...params, port: 5671 },
      facts,
      changes: [],
      unmet: [`the holder balances ${vip}:5671 over exactly the real servers`],
      sentences: [`a does not balance TCP ${vip}:5671`],
    },
    {
      name: 'a holder without IPVS',
      params,
      facts: { ...facts, 'table of a': absent },
      changes: [],
      unmet: [that],
      sentences: ['the kernel of a has no IPVS loaded'],
    },
    {
      name: 'no host holds the virtual IP',
      params,
      facts: { ...facts, 'addresses of a': absent },
      changes: [],
      unmet: [that],
      sentences: [`no host holds ${vip}`],
    },
    {
      name: 'the holder is unknown',
      params,
      facts: { ...facts, 'addresses of b': unknown },
      changes: [],
      unmet: [that],
      sentences: [],
    },
    {
      name: 'the table is unknown',
      params,
      facts: { ...facts, 'table of a': unknown },
      changes: [],
      unmet: [that],
      sentences: [],
    },
  ],
  [
    {
      params: { ...params, vip: 'vip', realServers: ['a'], directors: ['a'], port: 0 },
      problems: [
        'vip: takes an IPv4 address',
        "directors[0]: takes a host of the inventory, such as group('web').first",
        'port: Too small: expected number to be >=1',
        'realServers[0]: takes an IPv4 address',
      ],
    },
  ],
))
  test(law.name, law.run)

test('verifyLvs reads every director', () => {
  const task = verifyLvs(params)
  deepStrictEqual(
    ['a', 'b'].map(name => task.facts[`table of ${name}`]?.host),
    ['a', 'b'],
  )
})

test.run()
