import { deepStrictEqual, ok } from 'node:assert'
import { test } from 'uvu'
import { Secret } from 'haq'
import { cluster, problemsOf } from './keepalivedConf.fixtures.ts'

const [vi1] = cluster.instances
const instance = (changes: object): object => ({ instances: [{ ...vi1, ...changes }] })

const oneWord = 'takes one word of ASCII, without quotes, backslashes, braces, ! # $, and no @ or ~ in front'
const oneCommand =
  'takes an absolute path and arguments on one line of ASCII, without double quotes, backslashes, braces and ! # $ ' +
  '(put an argument with spaces into single quotes; put anything longer into a script)'
const passwordCharacters =
  'takes visible ASCII without quotes, backslashes, braces and ! # $, which mean something to keepalived'
const backupOnly = "works only with state 'BACKUP': keepalived drops it where the state is 'MASTER'"
const noAlerts = 'needs global.notificationEmail: without an address keepalived sends no mail'

/** Parameters, and every problem that must be found in them, as `path: message`. */
const refusals: readonly { name: string; params: object; problems: readonly string[] }[] = [
  {
    name: 'nothing at all',
    params: {},
    problems: ['instances: takes at least one instance, or virtualServers takes at least one server'],
  },
  {
    name: 'numbers out of their ranges',
    params: instance({ virtualRouterId: 256, priority: 255, advertInt: 0, preemptDelay: 1001, nopreempt: false }),
    problems: [
      'instances[0].virtualRouterId: takes a whole number from 1 to 255',
      'instances[0].priority: takes a whole number from 1 to 254',
      'instances[0].advertInt: takes seconds from 0.01 to 255',
      'instances[0].preemptDelay: takes seconds from 0 to 1000',
    ],
  },
  {
    name: 'VRID and priority 0',
    params: instance({ virtualRouterId: 0, priority: 0 }),
    problems: [
      'instances[0].virtualRouterId: takes a whole number from 1 to 255',
      'instances[0].priority: takes a whole number from 1 to 254',
    ],
  },
  {
    name: 'nopreempt with MASTER, and other mistakes',
    params: instance({ state: 'MASTER', priority: 300, preemptDelay: 5 }),
    problems: [
      'instances[0].priority: takes a whole number from 1 to 254',
      "instances[0].nopreempt: works only with state 'BACKUP', on every node: keepalived drops it where the state is 'MASTER'",
      'instances[0].preemptDelay: delays a preemption, but nopreempt prevents it: leave out one of the two',
      `instances[0].preemptDelay: ${backupOnly}`,
    ],
  },
  {
    name: 'a password of 9 characters',
    params: instance({ authentication: { pass: new Secret('123456789') } }),
    problems: ['instances[0].authentication.pass: takes at most 8 characters: keepalived would cut off the rest'],
  },
  {
    name: 'an empty password',
    params: instance({ authentication: { pass: new Secret('') } }),
    problems: ['instances[0].authentication.pass: takes a password of 1 to 8 characters'],
  },
  ...['a b', 'a"b', "a'b", 'a#b', 'a!b', 'a{b', 'a}b', 'a$b', 'a\\b', 'a\nb', 'pä'].map(pass => ({
    name: `a password that keepalived would read otherwise: ${JSON.stringify(pass)}`,
    params: instance({ authentication: { pass: new Secret(pass) } }),
    problems: [`instances[0].authentication.pass: ${passwordCharacters}`],
  })),
  {
    name: 'a password that is not a Secret',
    params: instance({ authentication: { pass: 'plain' } }),
    problems: [
      'instances[0].authentication.pass: takes a secret: secret.env(NAME), secret.file(PATH) or secret.command(WORDS) in the inventory',
    ],
  },
  {
    name: 'addresses, prefixes and labels',
    params: instance({
      virtualAddresses: [
        { address: '192.168.1.256', label: 'eth1:0123456789a' },
        { address: '192.168.1.1/24', dev: 'an-interface-too-long' },
        { address: '192.168.1.1', prefix: 33, label: 'a b' },
      ],
    }),
    problems: [
      'instances[0].virtualAddresses[0].address: takes an IPv4 or IPv6 address, without a prefix',
      'instances[0].virtualAddresses[0].label: takes at most 15 characters: keepalived drops an address with a longer label',
      'instances[0].virtualAddresses[1].address: takes an IPv4 or IPv6 address, without a prefix',
      'instances[0].virtualAddresses[1].dev: takes an interface name of up to 15 characters',
      'instances[0].virtualAddresses[2].label: takes letters, digits, dots, colons, dashes and underscores',
      'instances[0].virtualAddresses[2].prefix: takes a whole number from 0 to 32 for an IPv4 address',
    ],
  },
  {
    name: 'IPv6 among IPv4, with a label',
    params: instance({ virtualAddresses: [{ address: '10.0.0.1' }, { address: 'fd00::1', label: 'x' }] }),
    problems: [
      'instances[0].authentication: exists only in VRRP version 2: leave it out with version 3 and with IPv6',
      'instances[0].virtualAddresses[1].address: takes the family of the first address: IPv6 needs a separate instance',
      'instances[0].virtualAddresses[1].label: belongs to IPv4 addresses only: leave it out',
    ],
  },
  {
    name: 'no virtual address',
    params: instance({ virtualAddresses: [] }),
    problems: ['instances[0].virtualAddresses: takes at least one virtual address'],
  },
  {
    name: 'half a second in version 2',
    params: instance({ advertInt: 0.5 }),
    problems: [
      'instances[0].advertInt: takes whole seconds in VRRP version 2: fractions need version 3 on every node, which has no authentication',
    ],
  },
  {
    name: 'a fifth of a second with a password',
    params: instance({ advertInt: 0.2, version: 3 }),
    problems: ['instances[0].authentication: exists only in VRRP version 2: leave it out with version 3 and with IPv6'],
  },
  {
    name: 'vrrp_strict',
    params: { ...instance({}), global: { vrrpStrict: true } },
    problems: [
      'global.vrrpStrict: takes false: vrrp_strict drops packets of clients to the virtual IPs, and refuses unicast peers and passwords',
    ],
  },
  {
    name: 'an interval that is too long, and one that is too precise, in version 3',
    params: instance({ advertInt: 41.005, version: 3, authentication: undefined }),
    problems: [
      'instances[0].advertInt: takes seconds from 0.01 to 40.95 in VRRP version 3',
      'instances[0].advertInt: takes hundredths of a second, no finer',
    ],
  },
  {
    name: 'a name twice, and a VRID twice on one interface',
    params: { instances: [vi1, vi1] },
    problems: [
      'instances[1].name: takes a unique name: VI_1 is listed twice',
      'instances[1].virtualRouterId: takes a unique VRID: 60 on eth1, IPv4, is already used by VI_1',
    ],
  },
  {
    name: 'values with line breaks',
    params: {
      global: { routerId: 'a b', notificationEmail: ['a@b\n}'], notificationEmailFrom: '@main', scriptUser: 'a b c' },
      ...instance({
        name: 'VI_1 {',
        interface: 'eth1 #',
        notify: '/bin/sh -c "x"',
        notifyMaster: 'mail',
        notifyBackup: '/bin/a\nstate MASTER',
        notifyFault: '/bin/a #',
        notifyStop: "/bin/a 'b",
      }),
    },
    problems: [
      `global.routerId: ${oneWord}`,
      "global.scriptUser: takes a user, or a user and a group with one space between, such as 'nobody nogroup'",
      `global.notificationEmail[0]: ${oneWord}`,
      `global.notificationEmailFrom: ${oneWord}`,
      `instances[0].name: ${oneWord}`,
      'instances[0].interface: takes an interface name of up to 15 characters',
      ...['notify', 'notifyMaster', 'notifyBackup', 'notifyFault', 'notifyStop'].map(
        key => `instances[0].${key}: ${oneCommand}`,
      ),
    ],
  },
  {
    name: 'unicast without peers',
    params: instance({ unicastSrcIp: '192.168.1.121' }),
    problems: ['instances[0].unicastPeers: takes the addresses of the other nodes: unicastSrcIp alone keeps multicast'],
  },
  {
    name: 'unicast to itself and to another family',
    params: instance({ unicastSrcIp: '192.168.1.121', unicastPeers: ['192.168.1.121', 'fd00::2'] }),
    problems: [
      "instances[0].unicastPeers[0]: takes the other nodes' addresses, not unicastSrcIp",
      'instances[0].unicastPeers[1]: takes an address of the same family as the virtual addresses',
    ],
  },
  {
    name: 'alerts without addresses, scripts without security, a sync daemon without an instance',
    params: {
      global: {
        smtpAlert: true,
        enableScriptSecurity: false,
        lvsSyncDaemon: { interface: 'eth1', instance: 'VI_9' },
      },
      ...instance({ notify: '/bin/true', smtpAlert: true }),
    },
    problems: [
      'global.lvsSyncDaemon.instance: takes the name of one of the instances',
      'global.enableScriptSecurity: takes true if there is any script: keepalived -t refuses scripts without it',
      `global.smtpAlert: ${noAlerts}`,
      `instances[0].smtpAlert: ${noAlerts}`,
    ],
  },
]

for (const { name, params, problems } of refusals)
  test(`keepalivedConf refuses ${name}`, () => {
    const found = problemsOf(params)
    deepStrictEqual(found, problems)
    ok(!found.join().includes('123456789'), 'a password shows in a message')
  })

test('keepalivedConf accepts the same VRID for IPv4 and IPv6 on an interface', () => {
  const v6 = { ...vi1, name: 'VI_6', authentication: undefined, virtualAddresses: [{ address: 'fd00::120' }] }
  deepStrictEqual(problemsOf({ instances: [vi1, v6] }), [])
})

test.run()
