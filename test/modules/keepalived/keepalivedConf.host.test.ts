import { deepStrictEqual } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { keepalivedConf } from 'haq/modules'
import { requirementsOf } from '../../../src/core/step.ts'
import { cluster } from './keepalivedConf.fixtures.ts'

type Params = Parameters<typeof keepalivedConf>[0]

const vi1 = {
  name: 'VI_1',
  interface: 'eth1',
  virtualRouterId: 60,
  priority: 100,
  virtualAddresses: [{ address: '192.168.1.120' }],
}
const service = { address: '192.168.1.120', port: 5672 }
const pair = [{ address: '192.168.1.121' }, { address: '192.168.1.114' }]
const free = { global: {}, instances: cluster.instances, virtualServers: cluster.virtualServers }
const good = {
  conf: absent,
  program: '/usr/sbin/keepalived',
  own: ['192.168.1.121', 'fe80::1'],
  backupOnly: { 'net.ipv4.vs.backup_only': '1' },
}
const twice =
  '192.168.1.121 is both a director and a real server of 192.168.1.120 5672: as backup it would balance ' +
  "the master's connections again, and a part of all connections would fail; "
const withScript = (script: string, user?: string): Params => ({
  scripts: [{ name: 'broker', script, ...(user !== undefined && { user }) }],
  instances: cluster.instances,
})

/** A configuration on a host, and the sentences of what a run would refuse; `unknown` for what only a run can tell. */
const states: readonly {
  name: string
  params: Params
  facts: object
  refused: readonly string[]
  open?: readonly string[]
}[] = [
  { name: 'the reference pair with backup_only and the sync daemon', params: cluster, facts: {}, refused: [] },
  {
    name: 'a pair without the sync daemon',
    params: free,
    facts: {},
    refused: [`${twice}keepalived has no global.lvsSyncDaemon`],
  },
  {
    name: 'a pair without the sysctl',
    params: cluster,
    facts: { backupOnly: { 'net.ipv4.vs.backup_only': '0' } },
    refused: [`${twice}sysctl net.ipv4.vs.backup_only is 0, not 1`],
  },
  {
    name: 'a pair whose kernel has no IPVS yet',
    params: cluster,
    facts: { backupOnly: { 'net.ipv4.vs.backup_only': absent } },
    refused: [`${twice}sysctl net.ipv4.vs.backup_only is not there, not 1`],
  },
  {
    name: 'a sync daemon that follows another instance than the one with the virtual IP',
    params: {
      ...cluster,
      global: { lvsSyncDaemon: { interface: 'eth1', instance: 'VI_2' } },
      instances: [
        ...cluster.instances,
        { ...vi1, name: 'VI_2', virtualRouterId: 61, virtualAddresses: [{ address: '192.168.1.130' }] },
      ],
    },
    facts: {},
    refused: [`${twice}global.lvsSyncDaemon follows VI_2, but 192.168.1.120 belongs to VI_1`],
  },
  { name: 'separate directors', params: free, facts: { own: ['192.168.1.101'] }, refused: [] },
  {
    name: 'a firewall mark',
    params: { ...free, virtualServers: [{ fwmark: 1, realServers: pair }] },
    facts: {},
    refused: [],
  },
  {
    name: 'NAT',
    params: { ...free, virtualServers: [{ ...service, lbKind: 'NAT', realServers: pair }] },
    facts: {},
    refused: [],
  },
  { name: 'a director without VRRP', params: { ...free, instances: [] }, facts: {}, refused: [] },
  {
    name: 'a director that is its only real server',
    params: { ...free, virtualServers: [{ ...service, realServers: [{ address: '192.168.1.121' }] }] },
    facts: {},
    refused: [],
  },
  {
    name: 'a pair in check mode, when an earlier task sets the sysctl',
    params: cluster,
    facts: { backupOnly: unknown },
    refused: [],
    open: ['as backup, the host does not balance 192.168.1.120 5672'],
  },
  {
    name: 'addresses that are unknown',
    params: cluster,
    facts: { own: unknown },
    refused: [],
    open: ['as backup, the host does not balance 192.168.1.120 5672'],
  },
  {
    name: 'its own address among the unicast peers, and a foreign source address',
    params: {
      instances: [{ ...vi1, unicastPeers: ['192.168.1.121'], unicastSrcIp: '192.168.1.99' }],
    },
    facts: {},
    refused: [
      "192.168.1.121 is this host's own address, but is listed in unicastPeers of VI_1",
      'unicastSrcIp of VI_1 is 192.168.1.99, but the host has no such address',
    ],
  },
  {
    name: 'unicast as it should be',
    params: { instances: [{ ...vi1, unicastPeers: ['192.168.1.114'], unicastSrcIp: '192.168.1.121' }] },
    facts: {},
    refused: [],
  },
  {
    name: 'a script in a folder that others can write',
    params: withScript('/srv/check --now'),
    facts: { 'script /srv/check': ['/srv can be written by everybody', '/srv/check belongs to op'] },
    refused: [
      'keepalived would disable /srv/check, because it would run as root: /srv can be written by everybody; /srv/check belongs to op',
    ],
  },
  {
    name: 'a missing script',
    params: withScript('/srv/check'),
    facts: { 'script /srv/check': absent },
    refused: ['keepalived would disable /srv/check: the file does not exist'],
  },
  {
    name: 'a script that an earlier task brings',
    params: withScript('/srv/check'),
    facts: { 'script /srv/check': unknown },
    refused: [],
    open: ['keepalived may run /srv/check'],
  },
  { name: 'a script of another user, wherever it is', params: withScript('/srv/check', 'op'), facts: {}, refused: [] },
]

for (const { name, params, facts, refused, open = [] } of states)
  test(`keepalivedConf on a host: ${name}`, () => {
    const task = keepalivedConf(params)
    deepStrictEqual(task.problems, [])
    const requirements = requirementsOf(task.plan({ ...good, ...facts }))
    deepStrictEqual(
      requirements.filter(({ met }) => met === false).map(({ otherwise }) => otherwise),
      refused,
    )
    deepStrictEqual(
      requirements.filter(({ met }) => met === unknown).map(({ that }) => that),
      open,
    )
    // What must be known of the host is asked for.
    deepStrictEqual(
      Object.keys({ ...good, ...facts }).filter(key => !(key in task.facts)),
      [],
    )
  })

test.run()
