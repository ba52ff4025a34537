import { test } from 'uvu'
import { absent, sha256, unknown, type FileState, type SysctlValues } from 'haq'
import { sysctlLvs } from 'haq/modules'
import { lawTests } from 'haq/testing'

const backupOnly = 'net.ipv4.vs.backup_only'
const expire = 'net.ipv4.vs.expire_nodest_conn'
const values = (ofBackupOnly: string | null, ofExpire: string | null): SysctlValues => ({
  [backupOnly]: ofBackupOnly,
  [expire]: ofExpire,
})
const modulesPath = '/etc/modules-load.d/90-haq-lvs.conf'
const confPath = '/etc/sysctl.d/90-haq-lvs.conf'
const modulesText = '# Managed by haq (sysctlLvs): the sysctls are there once ip_vs is loaded.\nip_vs\n'
const text = (ofBackupOnly: string): string =>
  `# Managed by haq (sysctlLvs).\n${backupOnly} = ${ofBackupOnly}\n${expire} = 1\n`
const confText = text('1')
const state = (content: string): FileState => ({ type: 'file', mode: '0644', owner: 'root', group: 'root', content })
const digest = (content: string): string => `sha256 ${sha256(content).slice(0, 12)} 0644 root:root`
const written = { modules: state(modulesText), conf: state(confText) }
const bare = { modules: absent, conf: absent }
const set = [`sysctl ${backupOnly}: 0 → 1`, `sysctl ${expire}: 0 → 1`]
const files = [`${modulesPath}: absent → ${digest(modulesText)}`, `${confPath}: absent → ${digest(confText)}`]

for (const law of lawTests(
  sysctlLvs,
  [
    {
      name: 'a bare host',
      params: { backupOnly: true },
      facts: { blocked: absent, boot: { settings: [] }, ...bare, kernel: 'loadable', live: values(absent, absent) },
      changes: [...files, 'kernel module ip_vs: not loaded → loaded', ...set],
    },
    {
      name: 'a host that already balances',
      params: { backupOnly: true },
      facts: { blocked: absent, boot: { settings: [] }, ...bare, kernel: 'loaded', live: values('0', '0') },
      changes: [...files, ...set],
    },
    {
      name: 'as wanted',
      params: { backupOnly: true },
      facts: { blocked: absent, boot: { settings: [] }, ...written, kernel: 'loaded', live: values('1', '1') },
      changes: [],
    },
    {
      name: 'as wanted, but the module is blacklisted',
      params: { backupOnly: true },
      facts: {
        blocked: '/etc/modprobe.d/cis.conf:3:blacklist ip_vs',
        boot: { settings: [] },
        ...written,
        kernel: 'loaded',
        live: values('1', '1'),
      },
      changes: [],
      unmet: ['ip_vs is loaded at boot'],
      sentences: ['ip_vs is not loaded at boot: /etc/modprobe.d/cis.conf:3:blacklist ip_vs'],
    },
    {
      name: 'a director apart from the real servers',
      params: {},
      facts: { blocked: absent, boot: { settings: [] }, ...written, kernel: 'loaded', live: values('1', '1') },
      changes: [`${confPath}: ${digest(confText)} → ${digest(text('0'))}`, `sysctl ${backupOnly}: 1 → 0`],
    },
    {
      name: 'written, but changed back by an operator',
      params: { backupOnly: true },
      facts: { blocked: absent, boot: { settings: [] }, ...written, kernel: 'loaded', live: values('0', '0') },
      changes: set,
    },
    {
      name: 'set now, but not at boot',
      params: { backupOnly: true },
      facts: {
        blocked: absent,
        boot: { settings: [] },
        ...written,
        conf: absent,
        kernel: 'loaded',
        live: values('1', '1'),
      },
      changes: [`${confPath}: absent → ${digest(confText)}`],
    },
    {
      name: 'a kernel without IPVS',
      params: { backupOnly: true },
      facts: { blocked: absent, boot: { settings: [] }, ...written, kernel: absent, live: values(absent, absent) },
      changes: ['kernel module ip_vs: not loaded → loaded', ...set],
      unmet: ['the kernel has IPVS'],
      sentences: ["the kernel has no IPVS (ip_vs), so this host can't be a director"],
    },
    {
      name: 'unknown',
      params: { backupOnly: true },
      facts: {
        blocked: absent,
        boot: { settings: [] },
        modules: unknown,
        conf: unknown,
        kernel: unknown,
        live: unknown,
      },
      changes: [
        `${modulesPath}: unknown → ${digest(modulesText)}`,
        `${confPath}: unknown → ${digest(confText)}`,
        'kernel module ip_vs: unknown → loaded',
        `sysctl ${backupOnly}: unknown → 1`,
        `sysctl ${expire}: unknown → 1`,
      ],
      unmet: ['the kernel has IPVS'],
    },
    {
      name: 'state absent where it is set',
      params: { state: 'absent' },
      facts: { blocked: absent, boot: { settings: [] }, ...written, kernel: 'loaded', live: values('1', '1') },
      changes: [
        `${confPath}: ${digest(confText)} → absent`,
        `${modulesPath}: ${digest(modulesText)} → absent`,
        `sysctl ${backupOnly}: 1 → 0`,
        `sysctl ${expire}: 1 → 0`,
      ],
    },
    {
      name: 'state absent on a bare host',
      params: { state: 'absent' },
      facts: { blocked: absent, boot: { settings: [] }, ...bare, kernel: 'loadable', live: values(absent, absent) },
      changes: [],
    },
    {
      name: 'state absent, unknown',
      params: { state: 'absent' },
      facts: {
        blocked: absent,
        boot: { settings: [] },
        modules: unknown,
        conf: unknown,
        kernel: unknown,
        live: unknown,
      },
      changes: [
        `${confPath}: unknown → absent`,
        `${modulesPath}: unknown → absent`,
        `sysctl ${backupOnly}: unknown → 0`,
        `sysctl ${expire}: unknown → 0`,
      ],
    },
  ],
  [{ params: { state: 'on' }, problems: ['state: Invalid option: expected one of "present"|"absent"'] }],
))
  test(law.name, law.run)

test.run()
