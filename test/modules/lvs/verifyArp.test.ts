import { deepStrictEqual } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { verifyArp } from 'haq/modules'
import { lawTests } from 'haq/testing'

const vip = '192.168.1.120'
const params = { vip, interface: 'eth1', hosts: [{ name: 'a' }, { name: 'b' }] }
const that = `only its holder answers ARP for ${vip}`
const [macOfA, macOfB, strange] = ['02:00:00:00:00:0a', '02:00:00:00:00:0b', '02:00:00:00:00:99']
const held = [{ address: `${vip}/32`, label: 'eth1' }]
/** What b finds while a holds the virtual IP. */
const fromB = { own: macOfB, 'on a': held, 'on b': [], 'link of a': macOfA, 'link of b': macOfB, answers: [macOfA] }
const fromA = { ...fromB, own: macOfA, answers: [] }

for (const law of lawTests(
  verifyArp,
  [
    { name: 'the holder answers', params, facts: fromB, changes: [] },
    { name: 'the holder hears nobody', params, facts: fromA, changes: [] },
    {
      name: 'a real server answers, too',
      params,
      facts: { ...fromA, answers: [macOfB] },
      changes: [],
      unmet: [that],
      sentences: [`ARP for ${vip} is answered by b ${macOfB}, which does not hold it on eth1`],
    },
    {
      name: 'an unknown host answers in addition to the holder',
      params,
      facts: { ...fromB, answers: [macOfA, strange] },
      changes: [],
      unmet: [that],
      sentences: [`ARP for ${vip} is answered by an unknown host ${strange}, which does not hold it on eth1`],
    },
    {
      name: 'no host answers',
      params,
      facts: { ...fromB, answers: [] },
      changes: [],
      unmet: [that],
      sentences: [`nobody answers ARP for ${vip} on eth1`],
    },
    {
      name: "the host can't send ARP requests",
      params,
      facts: { ...fromB, answers: absent },
      changes: [],
      unmet: [that],
      sentences: ["the host can't send ARP requests on eth1: it has no such interface, or no perl"],
    },
    { name: 'unknown', params, facts: { ...fromB, 'link of a': unknown }, changes: [], unmet: [that], sentences: [] },
  ],
  [
    {
      params: { vip: 'x', interface: 'a/b', hosts: [] },
      problems: [
        'vip: takes an IPv4 address',
        'interface: takes an interface name of up to 15 characters',
        'hosts: Too small: expected array to have >=1 items',
      ],
    },
  ],
))
  test(law.name, law.run)

test('verifyArp parses the addresses that answered', () => {
  const { answers } = verifyArp(params).facts
  deepStrictEqual(answers?.parse(''), [])
  deepStrictEqual(answers.parse('absent\n'), absent)
  deepStrictEqual(answers.parse(`${macOfA}\n${macOfB}\n`), [macOfA, macOfB])
})

test.run()
