import { deepStrictEqual, throws } from 'node:assert'
import { execa } from 'execa'
import { test } from 'uvu'
import { absent, type Fact } from '../../../src/core/fact.ts'
import { ipvsSupport, ipvsTable } from '../../../modules/lvs/ipvs.ts'
import { linkAddress } from '../../../modules/network/link-address.ts'
import { ownAddresses } from '../../../src/facts/own-addresses.ts'
import { scriptSafety } from '../../../modules/keepalived/script-safety.ts'

interface Row {
  readonly name: string
  readonly output: string
  readonly value?: unknown
  readonly error?: RegExp
}

function table(title: string, fact: Fact<unknown>, rows: readonly Row[]): void {
  for (const { name, output, value, error } of rows)
    test(`${title}: ${name}`, () => {
      if (error) throws(() => fact.parse(output), error)
      else deepStrictEqual(fact.parse(output), value)
    })
}

const heading = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
`

table('ipvsTable', ipvsTable, [
  { name: 'no IPVS', output: 'absent\n', value: absent },
  { name: 'nothing to balance', output: heading, value: [] },
  {
    name: 'a service, a mark and IPv6',
    output: `${heading}TCP  C0A80178:1628 rr persistent 300 FFFFFFFF
  -> C0A80172:1628      Route   1      0          0
  -> C0A80179:1628      Route   0      12         3
FWM  00000001 wlc
  -> 0A4D000B:0000      Route   1      0          0
UDP  [fd00:0000:0000:0000:0000:0000:0000:0120]:0035 sh
  -> [fd00:0000:0000:0000:0000:0000:0000:0121]:0035      Masq    2      0          0
`,
    value: [
      {
        name: 'TCP 192.168.1.120:5672',
        scheduler: 'rr',
        servers: [
          { address: '192.168.1.114', port: 5672, forward: 'Route', weight: 1 },
          { address: '192.168.1.121', port: 5672, forward: 'Route', weight: 0 },
        ],
      },
      {
        name: 'FWM 1',
        scheduler: 'wlc',
        servers: [{ address: '10.77.0.11', port: 0, forward: 'Route', weight: 1 }],
      },
      {
        name: 'UDP [fd00::120]:53',
        scheduler: 'sh',
        servers: [{ address: 'fd00::121', port: 53, forward: 'Masq', weight: 2 }],
      },
    ],
  },
  { name: 'not understood', output: `${heading}TCP  elsewhere rr\n`, error: /has "elsewhere"/ },
])

table('ipvsSupport', ipvsSupport, [
  { name: 'loaded', output: 'loaded\n', value: 'loaded' },
  { name: 'loadable', output: 'loadable\n', value: 'loadable' },
  { name: 'none', output: 'absent\n', value: absent },
])

table('linkAddress', linkAddress('eth1'), [
  { name: 'one', output: '02:77:00:00:00:0B\n', value: '02:77:00:00:00:0b' },
  { name: 'no interface', output: '', value: absent },
])

const valid = '\\       valid_lft forever preferred_lft forever\n'
const addresses =
  `1: lo    inet 127.0.0.1/8 scope host lo${valid}1: lo    inet 192.168.1.120/32 scope global lo:0${valid}` +
  `1: lo    inet6 ::1/128 scope host ${valid}2: eth1    inet 192.168.1.121/24 brd 192.168.1.255 scope global eth1${valid}`
const movable = `2: eth1    inet 192.168.1.120/32 scope global eth1${valid}`
const further = `2: eth1    inet6 fe80::1/64 scope link ${valid}5: tun0    inet 10.1.1.1 peer 10.1.1.2/32 scope global tun0${valid}`
for (const [name, output, found] of [
  ['none', '', []],
  ['all but those of the loopback', addresses + further, ['192.168.1.121', 'fe80::1', '10.1.1.1']],
  ['none that may be elsewhere', addresses + movable + further, ['192.168.1.121', 'fe80::1', '10.1.1.1']],
] as const)
  test(`ownAddresses: ${name}`, async () => {
    const { script, parse } = ownAddresses(['10.9.9.9', '192.168.1.120'])
    const { stdout } = await execa('sh', ['-c', `ip() { cat; }\n${script.reveal()}`], { input: output })
    deepStrictEqual(parse(stdout), found)
  })

table('scriptSafety', scriptSafety('/srv/check'), [
  { name: 'no file', output: 'absent\n', value: absent },
  {
    name: "root's file in root's directories, through a link in a sticky directory",
    output:
      '41ed 0 0 root /\n43ff 0 0 root /tmp\na1ff 0 0 root /tmp/link\n81ed 0 0 root /srv/check\n81fd 0 0 root /srv/group\n',
    value: [],
  },
  {
    name: 'others could change it',
    output:
      '!not executable\n!/bin leads through a link: /usr/bin/true does not\n41ff 0 0 root /srv\n81ed 1000 0 op /srv/check\n81b4 0 50 root /srv/group\n81b6 0 0 root /srv/all of us\n',
    value: [
      'not executable',
      '/bin leads through a link: /usr/bin/true does not',
      '/srv can be written by everybody',
      '/srv/check belongs to op',
      '/srv/group can be written by its group',
      '/srv/all of us can be written by everybody',
    ],
  },
  { name: 'not understood', output: 'what?\n', error: /stat printed "what\?"/ },
])

test.run()
