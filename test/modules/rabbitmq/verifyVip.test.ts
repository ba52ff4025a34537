import { deepStrictEqual, ok } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { verifyVip } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { requirementsOf } from '../../../src/core/step.ts'

const vip = '192.168.1.120'
const params = { vip, interface: 'eth1', hosts: [{ name: 'a' }, { name: 'b' }] }
const own = { address: '192.168.1.121/24', label: 'eth1' }
const holding = [own, { address: `${vip}/32`, label: 'eth1' }]
const isOnOne = `exactly one host holds ${vip}`
const setting = (ignore: string, announce: string) => ({
  'net.ipv4.conf.all.arp_ignore': ignore,
  'net.ipv4.conf.eth1.arp_ignore': '0',
  'net.ipv4.conf.all.arp_announce': announce,
  'net.ipv4.conf.eth1.arp_announce': '0',
})
const onLo = [
  { address: '127.0.0.1/8', label: 'lo' },
  { address: `${vip}/32`, label: 'lo:0' },
]
/** Two real servers as sysctlArp leaves them, seen from one of them. */
const quiet = {
  own: [own],
  loopback: onLo,
  'loopback of a': onLo,
  'loopback of b': onLo,
  'arp of a': setting('1', '2'),
  'arp of b': setting('1', '2'),
}
const silent = (name: string) => `${name} neither answers nor sends ARP for ${vip}`
const answering = `a broker answers on ${vip}:5672`

for (const law of lawTests(
  verifyVip,
  [
    { name: 'on one host', params, facts: { ...quiet, answers: true, 'on a': holding, 'on b': [own] }, changes: [] },
    {
      name: 'on one host, with its subnet and another port',
      params: { ...params, port: 5671 },
      facts: { ...quiet, answers: true, 'on a': [own], 'on b': [{ address: `${vip}/24`, label: 'eth1:vip' }] },
      changes: [],
    },
    {
      name: 'on no host',
      params,
      facts: { ...quiet, answers: false, 'on a': [own], 'on b': [] },
      changes: [],
      unmet: [isOnOne, answering],
      sentences: [`no host holds ${vip}`, `no broker answers on ${vip}:5672`],
    },
    {
      name: 'on both hosts',
      params,
      facts: { ...quiet, answers: true, 'on a': holding, 'on b': holding },
      changes: [],
      unmet: [isOnOne],
      sentences: [`${vip} is held by a and b at once`],
    },
    {
      name: 'on one host, but no broker answers',
      params,
      facts: { ...quiet, answers: false, 'on a': holding, 'on b': [own] },
      changes: [],
      unmet: [answering],
      sentences: [`no broker answers on ${vip}:5672`],
    },
    {
      name: 'on hosts without the interface',
      params,
      facts: { ...quiet, answers: true, 'on a': absent, 'on b': absent },
      changes: [],
      unmet: [isOnOne],
      sentences: [`no host holds ${vip}`],
    },
    {
      name: 'an address that only begins like it',
      params: { ...params, vip: '192.168.1.12' },
      facts: { ...quiet, answers: true, 'on a': [own], 'on b': [own] },
      changes: [],
      unmet: ['exactly one host holds 192.168.1.12'],
      sentences: ['no host holds 192.168.1.12'],
    },
    {
      name: 'one host unknown',
      params,
      facts: { ...quiet, answers: true, 'on a': holding, 'on b': unknown },
      changes: [],
      unmet: [isOnOne],
      sentences: [],
    },
    {
      name: 'a real server that answers ARP, and one that uses it as the source of ARP requests',
      params,
      facts: {
        ...quiet,
        answers: true,
        'on a': holding,
        'on b': [own],
        'arp of a': setting('1', '1'),
        'arp of b': setting('0', '0'),
      },
      changes: [],
      unmet: [silent('a'), silent('b')],
      sentences: [
        `a has ${vip} on its loopback and uses it as the source of ARP requests (arp_announce is 1): clients would bypass the director`,
        `b has ${vip} on its loopback and answers ARP for it (arp_ignore is 0) and uses it as the source of ARP requests (arp_announce is 0): ` +
          'clients would bypass the director',
      ],
    },
    {
      name: "separate directors, with the kernel's defaults",
      params,
      facts: {
        ...quiet,
        answers: true,
        'on a': holding,
        'on b': [own],
        'loopback of a': [],
        'loopback of b': absent,
        'arp of a': setting('0', '0'),
        'arp of b': unknown,
      },
      changes: [],
    },
    {
      name: 'a director without a broker that holds the virtual IP and gets no answer',
      params,
      facts: { ...quiet, own: holding, loopback: [], answers: false, 'on a': holding, 'on b': [own] },
      changes: [],
    },
    {
      name: 'unknown',
      params,
      facts: {
        ...quiet,
        own: unknown,
        loopback: unknown,
        answers: unknown,
        'on a': unknown,
        'on b': unknown,
        'loopback of a': unknown,
        'arp of b': unknown,
      },
      changes: [],
      unmet: [isOnOne, silent('a'), silent('b'), answering],
      sentences: [],
    },
  ],
  [
    {
      params: { vip: 'vip', interface: '', hosts: [], port: 0 },
      problems: [
        'vip: takes an IPv4 address',
        'interface: takes an interface name of up to 15 characters',
        'hosts: Too small: expected array to have >=1 items',
        'port: Too small: expected number to be >=1',
      ],
    },
    {
      params: { ...params, interface: '../eth1', hosts: ['a'] },
      problems: [
        'interface: takes an interface name of up to 15 characters',
        "hosts[0]: takes a host of the inventory, such as group('web').first",
      ],
    },
  ],
))
  test(law.name, law.run)

test('verifyVip reads the interface on every host, and waits for an election', () => {
  const task = verifyVip(params)
  deepStrictEqual(
    ['on a', 'on b'].map(name => [task.facts[name]?.host, task.facts[name]?.key]),
    [
      ['a', 'addresses:eth1'],
      ['b', 'addresses:eth1'],
    ],
  )
  const requirements = requirementsOf(task.plan({ ...quiet, answers: false, 'on a': [], 'on b': [] }))
  ok(requirements.filter(({ within = 0 }) => within >= 30).length === 2)
})

test.run()
