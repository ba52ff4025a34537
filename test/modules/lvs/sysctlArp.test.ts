import { strictEqual } from 'node:assert'
import { test } from 'uvu'
import { absent, sha256, unknown, type FileState, type SysctlValues } from 'haq'
import { sysctlArp } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { stepsOf } from '../../../src/core/step.ts'

const path = '/etc/sysctl.d/90-haq-arp.conf'
const key = (scope: string, setting: string): string => `net.ipv4.conf.${scope}.${setting}`
const live = (ignore: string | null, announce: string | null, scopes: readonly string[]): SysctlValues =>
  Object.fromEntries(
    scopes.flatMap(scope => [
      [key(scope, 'arp_ignore'), ignore],
      [key(scope, 'arp_announce'), announce],
    ]),
  )
const text = (scopes: readonly string[]): string =>
  [
    '# Managed by haq (sysctlArp).',
    ...scopes.flatMap(scope => [`${key(scope, 'arp_ignore')} = 1`, `${key(scope, 'arp_announce')} = 2`]),
    '',
  ].join('\n')
const conf = (content: string): FileState => ({ type: 'file', mode: '0644', owner: 'root', group: 'root', content })
const digest = (content: string): string => `sha256 ${sha256(content).slice(0, 12)} 0644 root:root`

const two = ['all', 'lo']
const three = [...two, 'eth1']
const params = { interfaces: ['eth1'] }

for (const law of lawTests(
  sysctlArp,
  [
    {
      name: 'a bare host',
      params,
      facts: { boot: { settings: [] }, conf: absent, live: live('0', '0', three) },
      changes: [
        `${path}: absent → ${digest(text(three))}`,
        ...three.flatMap(scope => [
          `sysctl ${key(scope, 'arp_ignore')}: 0 → 1`,
          `sysctl ${key(scope, 'arp_announce')}: 0 → 2`,
        ]),
      ],
    },
    {
      name: 'as wanted',
      params,
      facts: { boot: { settings: [] }, conf: conf(text(three)), live: live('1', '2', three) },
      changes: [],
    },
    {
      name: 'written, but changed back to 0 by an operator on one interface',
      params: {},
      facts: {
        boot: { settings: [] },
        conf: conf(text(two)),
        live: { ...live('1', '2', two), [key('lo', 'arp_ignore')]: '0' },
      },
      changes: [`sysctl ${key('lo', 'arp_ignore')}: 0 → 1`],
    },
    {
      name: 'set now, but not at boot',
      params: {},
      facts: { boot: { settings: [] }, conf: absent, live: live('1', '2', two) },
      changes: [`${path}: absent → ${digest(text(two))}`],
    },
    {
      name: 'an interface that the host does not have',
      params,
      facts: {
        boot: { settings: [] },
        conf: conf(text(three)),
        live: { ...live('1', '2', two), ...live(absent, absent, ['eth1']) },
      },
      changes: [],
      unmet: ['the host has an interface eth1'],
      sentences: ['the host has no interface eth1'],
    },
    {
      name: 'a VLAN interface, with its dot as a slash',
      params: { interfaces: ['eth1.100'] },
      facts: {
        boot: { settings: [] },
        conf: conf(text([...two, 'eth1/100'])),
        live: { ...live('1', '2', two), ...live('0', '2', ['eth1/100']) },
      },
      changes: [`sysctl ${key('eth1/100', 'arp_ignore')}: 0 → 1`],
    },
    {
      name: 'unknown',
      params: {},
      facts: { boot: unknown, conf: unknown, live: unknown },
      changes: [
        `${path}: unknown → ${digest(text(two))}`,
        ...two.flatMap(scope => [
          `sysctl ${key(scope, 'arp_ignore')}: unknown → 1`,
          `sysctl ${key(scope, 'arp_announce')}: unknown → 2`,
        ]),
      ],
      unmet: ['no other file sets other values at boot'],
    },
    {
      name: 'a file that is read later changes the value back at boot',
      params: {},
      facts: {
        conf: conf(text(two)),
        live: live('1', '2', two),
        boot: {
          settings: [
            { path: 'net/ipv4/conf/all/arp_ignore', value: '0', file: '/etc/sysctl.d/99-hardening.conf', line: 1 },
          ],
        },
      },
      changes: [],
      unmet: ['no other file sets other values at boot'],
      sentences: [`/etc/sysctl.d/99-hardening.conf:1 sets ${key('all', 'arp_ignore')} to 0 at boot, after ${path}`],
    },
    {
      name: 'state absent on a real server',
      params: { state: 'absent' },
      facts: { boot: { settings: [] }, conf: conf(text(two)), live: live('1', '2', two) },
      changes: [
        `${path}: ${digest(text(two))} → absent`,
        ...two.flatMap(scope => [
          `sysctl ${key(scope, 'arp_ignore')}: 1 → 0`,
          `sysctl ${key(scope, 'arp_announce')}: 2 → 0`,
        ]),
      ],
    },
    {
      name: 'state absent on a bare host',
      params: { state: 'absent' },
      facts: { boot: { settings: [] }, conf: absent, live: live('0', '0', two) },
      changes: [],
    },
    {
      name: 'state absent, with an interface that is gone',
      params: { ...params, state: 'absent' },
      facts: {
        boot: { settings: [] },
        conf: absent,
        live: { ...live('0', '0', two), ...live(absent, absent, ['eth1']) },
      },
      changes: [],
    },
  ],
  [
    {
      params: { interfaces: ['eth1', 'a/b', 'interface-of-16c'] },
      problems: [
        'interfaces[1]: takes an interface name of up to 15 characters',
        'interfaces[2]: takes an interface name of up to 15 characters',
      ],
    },
  ],
))
  test(law.name, law.run)

test('sysctlArp writes the sysctls of an interface with a dot in its name', () => {
  const task = sysctlArp({ interfaces: ['eth1.100'] })
  const facts = {
    boot: { settings: [] },
    conf: conf(text([...two, 'eth1/100'])),
    live: { ...live('1', '2', two), ...live('0', '2', ['eth1/100']) },
  }
  const [step] = stepsOf(task.plan(facts))
  strictEqual(step?.kind === 'run' ? step.script.reveal() : '', 'echo 1 >/proc/sys/net/ipv4/conf/eth1.100/arp_ignore')
})

test.run()
