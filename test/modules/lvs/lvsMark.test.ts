import { deepStrictEqual, match, strictEqual, throws } from 'node:assert'
import { test } from 'uvu'
import { absent, sha256, unknown, type FileState } from 'haq'
import { lvsMark } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { stepsOf } from '../../../src/core/step.ts'

const params = {
  vip: '192.168.1.120',
  port: 5672,
  mark: 26,
  interface: 'eth1',
  peers: [{ name: 'b' }, '02:00:C0:A8:01:73'],
}
const mac = '02:00:c0:a8:01:72'
const rules = [
  '-A PREROUTING -d 192.168.1.120/32 -p tcp -m tcp --dport 5672 -j HAQ-LVS-26',
  `-A HAQ-LVS-26 -m mac --mac-source ${mac} -j RETURN`,
  '-A HAQ-LVS-26 -m mac --mac-source 02:00:c0:a8:01:73 -j RETURN',
  '-A HAQ-LVS-26 -j MARK --set-xmark 0x1a/0xffffffff',
]
const name = 'haq-lvs-mark-26.service'
const scriptPath = '/usr/local/sbin/haq-lvs-mark-26'
const unitPath = `/etc/systemd/system/${name}`
const bare = { script: absent, unitFile: absent, unit: absent, rules: [], 'link of b': mac }

/** What the module writes, as it would lie on the host. */
const [script, unitFile] = stepsOf(lvsMark(params).plan(bare)).map(step => {
  const content = step.kind === 'write' ? step.content.reveal() : ''
  return {
    type: 'file',
    mode: step.kind === 'write' ? step.mode : '',
    owner: 'root',
    group: 'root',
    content,
  } as const satisfies FileState
})
const shown = (state: { readonly content: string; readonly mode: string } | undefined): string =>
  `sha256 ${sha256(state?.content ?? '').slice(0, 12)} ${state?.mode} root:root`
const done = { script, unitFile, unit: { active: true, enabled: true }, rules, 'link of b': mac }
const old = { ...done, script: { ...script, content: script?.content.replace(mac, '02:00:00:00:00:01') } }
const live = 'iptables HAQ-LVS-26'
const boot = `boot of ${name}`

/** Without what only the marking needs to know of the peers. */
function withoutLinks({ 'link of b': _, ...facts }: typeof bare | typeof done): Readonly<Record<string, unknown>> {
  return facts
}

for (const law of lawTests(
  lvsMark,
  [
    {
      name: 'a bare host',
      params,
      facts: bare,
      changes: [
        `${scriptPath}: absent → ${shown(script)}`,
        `${unitPath}: absent → ${shown(unitFile)}`,
        `${boot}: absent → enabled as written`,
        `${live}: absent → 4 rules`,
      ],
    },
    { name: 'as wanted', params, facts: done, changes: [] },
    {
      name: 'the rules were flushed',
      params,
      facts: { ...done, rules: [] },
      changes: [`${live}: absent → 4 rules`],
    },
    {
      name: 'a peer with another network card',
      params,
      facts: { ...old, rules: rules.map(rule => rule.replace(mac, '02:00:00:00:00:01')) },
      changes: [
        `${scriptPath}: ${shown(script && { ...script, content: script.content.replace(mac, '02:00:00:00:00:01') })} → ${shown(script)}`,
        `${boot}: enabled → enabled as written`,
        `${live}: other rules → 4 rules`,
      ],
    },
    {
      name: 'written by a run that was killed before the rules were set',
      params,
      facts: { ...done, rules: [], unit: { active: false, enabled: false } },
      changes: [`${boot}: disabled → enabled as written`, `${live}: absent → 4 rules`],
    },
    {
      name: 'no iptables, and a peer without the interface',
      params,
      facts: { ...done, rules: absent, 'link of b': absent },
      changes: [
        `${scriptPath}: ${shown(script)} → sha256 ${withoutMac()} 0755 root:root`,
        `${boot}: enabled → enabled as written`,
        `${live}: absent → 4 rules`,
      ],
      unmet: ['the host has iptables', 'b has a link address on eth1'],
      sentences: [
        'the host has no iptables',
        "b has no interface eth1, so its packets can't be distinguished from those of clients",
      ],
    },
    {
      name: 'unknown',
      params,
      facts: { script: unknown, unitFile: unknown, unit: unknown, rules: unknown, 'link of b': unknown },
      changes: [
        `${scriptPath}: unknown → sha256 ${withoutMac()} 0755 root:root`,
        `${unitPath}: unknown → ${shown(unitFile)}`,
        `${boot}: unknown → enabled as written`,
        `${live}: unknown → 4 rules`,
      ],
      unmet: ['the host has iptables', 'b has a link address on eth1'],
      sentences: [],
    },
    {
      name: 'state absent, already absent',
      params: { ...params, state: 'absent' },
      facts: withoutLinks(done),
      changes: [
        `${live}: there → absent`,
        `${boot}: enabled → disabled`,
        `${unitPath}: ${shown(unitFile)} → absent`,
        `${scriptPath}: ${shown(script)} → absent`,
      ],
    },
    {
      name: 'state absent on a bare host',
      params: { ...params, state: 'absent' },
      facts: withoutLinks(bare),
      changes: [],
    },
    {
      name: 'state absent, unknown',
      params: { ...params, state: 'absent' },
      facts: { script: unknown, unitFile: unknown, unit: unknown, rules: unknown },
      changes: [
        `${live}: unknown → absent`,
        `${boot}: unknown → disabled`,
        `${unitPath}: unknown → absent`,
        `${scriptPath}: unknown → absent`,
      ],
    },
  ],
  [
    {
      params: { ...params, vip: 'vip', port: 0, mark: 0, interface: '', peers: ['b'] },
      problems: [
        'vip: takes an IPv4 address',
        'port: Too small: expected number to be >=1',
        'mark: Too small: expected number to be >=1',
        'interface: takes an interface name of up to 15 characters',
        'peers[0]: takes a host of the inventory, or a link address (MAC)',
      ],
    },
  ],
))
  test(law.name, law.run)

function withoutMac(): string {
  return sha256(script?.content.replace(mac, '') ?? '').slice(0, 12)
}

test('lvsMark reads link addresses on the peers, and rules in either case', () => {
  const { facts } = lvsMark(params)
  deepStrictEqual([facts['link of b']?.host, facts['link of b']?.key], ['b', 'linkAddress:eth1'])
  deepStrictEqual(facts['rules']?.parse(`${rules.join('\n')}\n`.replace(mac, mac.toUpperCase())), rules)
  deepStrictEqual(facts['rules'].parse('absent\n'), absent)
  match(script?.content ?? '', /^#!\/bin\/sh\n/)
})

test('the link-layer address of a peer is checked', () => {
  const link = lvsMark(params).facts['link of b']
  strictEqual(link?.parse('02:00:00:AB:cd:01\n'), '02:00:00:ab:cd:01')
  strictEqual(link.parse(''), absent)
  for (const said of ["'; id >/root/owned; rules='", '02:00:00:ab:cd', '02:00:00:ab:cd:01 x', '02:00:00:ab:cd:01\nx'])
    throws(() => link.parse(said), /the link address is/)
})

test.run()
