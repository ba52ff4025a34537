import { deepStrictEqual, ok } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { verifyVip } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { requirementsOf } from '../../src/core/step.ts'

const vip = '192.168.1.120'
const params = { vip, interface: 'eth1', hosts: [{ name: 'a' }, { name: 'b' }] }
const own = { address: '192.168.1.121/24', label: 'eth1' }
const holding = [own, { address: `${vip}/32`, label: 'eth1' }]
const isOnOne = `${vip} is on exactly one host`
const answering = `a broker answers on ${vip}:5672`

for (const law of lawTests(
  verifyVip,
  [
    { name: 'on one host', params, facts: { answers: true, 'on a': holding, 'on b': [own] }, changes: [] },
    {
      name: 'on one host, with its subnet and another port',
      params: { ...params, port: 5671 },
      facts: { answers: true, 'on a': [own], 'on b': [{ address: `${vip}/24`, label: 'eth1:vip' }] },
      changes: [],
    },
    {
      name: 'on no host',
      params,
      facts: { answers: false, 'on a': [own], 'on b': [] },
      changes: [],
      unmet: [isOnOne, answering],
      sentences: [`no host holds ${vip}`, `no broker answers on ${vip}:5672`],
    },
    {
      name: 'on both hosts',
      params,
      facts: { answers: true, 'on a': holding, 'on b': holding },
      changes: [],
      unmet: [isOnOne],
      sentences: [`${vip} is held by a and b at once`],
    },
    {
      name: 'on one host, without an answer',
      params,
      facts: { answers: false, 'on a': holding, 'on b': [own] },
      changes: [],
      unmet: [answering],
      sentences: [`no broker answers on ${vip}:5672`],
    },
    {
      name: 'on hosts without the interface',
      params,
      facts: { answers: true, 'on a': absent, 'on b': absent },
      changes: [],
      unmet: [isOnOne],
      sentences: [`no host holds ${vip}`],
    },
    {
      name: 'an address that only begins like it',
      params: { ...params, vip: '192.168.1.12' },
      facts: { answers: true, 'on a': [own], 'on b': [own] },
      changes: [],
      unmet: ['192.168.1.12 is on exactly one host'],
      sentences: ['no host holds 192.168.1.12'],
    },
    {
      name: 'one host not known',
      params,
      facts: { answers: true, 'on a': holding, 'on b': unknown },
      changes: [],
      unmet: [isOnOne],
      sentences: [],
    },
    {
      name: 'not known',
      params,
      facts: { answers: unknown, 'on a': unknown, 'on b': unknown },
      changes: [],
      unmet: [isOnOne, answering],
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
        "hosts[0]: takes a host of the inventory, such as group('rabbit').first",
      ],
    },
  ],
))
  test(law.name, law.run)

test('verifyVip reads the interface on every host, and gives an election time', () => {
  const task = verifyVip(params)
  deepStrictEqual(
    ['on a', 'on b'].map(name => [task.facts[name]?.host, task.facts[name]?.key]),
    [
      ['a', 'addresses:eth1'],
      ['b', 'addresses:eth1'],
    ],
  )
  const requirements = requirementsOf(task.plan({ answers: false, 'on a': [], 'on b': [] }))
  ok(requirements.length === 2 && requirements.every(({ within = 0 }) => within >= 30))
})

test.run()
