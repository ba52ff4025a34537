import { deepStrictEqual } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { vridUnclaimed } from 'haq/modules'
import { lawTests } from 'haq/testing'

const params = { interface: 'eth1', virtualRouterId: 60, peers: ['192.168.1.121', '192.168.1.114'] }
const that = 'VRID 60 is free on eth1'

for (const law of lawTests(
  vridUnclaimed,
  [
    { name: 'silence', params, facts: { heard: [] }, changes: [] },
    { name: 'a peer', params, facts: { heard: ['192.168.1.114'] }, changes: [] },
    {
      name: 'other virtual routers with this VRID',
      params,
      facts: { heard: ['192.168.1.114', '192.168.1.7', '192.168.1.8'] },
      changes: [],
      unmet: [that],
      sentences: ['VRID 60 is already taken on eth1 by 192.168.1.7 and 192.168.1.8'],
    },
    {
      name: "the host can't listen",
      params,
      facts: { heard: absent },
      changes: [],
      unmet: [that],
      sentences: ["the host can't listen for VRRP on eth1: it has no such interface, or no perl"],
    },
    { name: 'unknown', params, facts: { heard: unknown }, changes: [], unmet: [that], sentences: [] },
  ],
  [
    {
      params: { interface: 'a/b', virtualRouterId: 256, peers: ['x'], advertInt: 0 },
      problems: [
        'interface: takes an interface name of up to 15 characters',
        'virtualRouterId: takes a whole number from 1 to 255',
        'peers[0]: takes an IPv4 address',
        'advertInt: Too small: expected number to be >=0.01',
      ],
    },
  ],
))
  test(law.name, law.run)

test('vridUnclaimed parses the source addresses of adverts', () => {
  const { heard } = vridUnclaimed(params).facts
  deepStrictEqual(heard?.parse(''), [])
  deepStrictEqual(heard.parse('absent\n'), absent)
  deepStrictEqual(heard.parse('192.168.1.7\n192.168.1.8\n'), ['192.168.1.7', '192.168.1.8'])
})

test.run()
