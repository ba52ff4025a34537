import { test } from 'uvu'
import { absent, sha256, unknown, type FileState } from 'haq'
import { lvsBackupOnly } from 'haq/modules'
import { lawTests } from 'haq/testing'

const name = 'net.ipv4.vs.backup_only'
const modulesPath = '/etc/modules-load.d/90-haq-lvs.conf'
const confPath = '/etc/sysctl.d/90-haq-lvs.conf'
const modulesText = '# Managed by haq (lvsBackupOnly): the sysctl is there once ip_vs is loaded.\nip_vs\n'
const confText = `# Managed by haq (lvsBackupOnly).\n${name} = 1\n`
const state = (content: string): FileState => ({ type: 'file', mode: '0644', owner: 'root', group: 'root', content })
const digest = (content: string): string => `sha256 ${sha256(content).slice(0, 12)} 0644 root:root`
const written = { modules: state(modulesText), conf: state(confText) }
const bare = { modules: absent, conf: absent }
const files = [`${modulesPath}: absent → ${digest(modulesText)}`, `${confPath}: absent → ${digest(confText)}`]

for (const law of lawTests(
  lvsBackupOnly,
  [
    {
      name: 'a bare host',
      params: {},
      facts: { ...bare, kernel: 'loadable', live: { [name]: absent } },
      changes: [...files, 'kernel module ip_vs: not loaded → loaded', `sysctl ${name}: 0 → 1`],
    },
    {
      name: 'a host that balances already',
      params: {},
      facts: { ...bare, kernel: 'loaded', live: { [name]: '0' } },
      changes: [...files, `sysctl ${name}: 0 → 1`],
    },
    { name: 'as wanted', params: {}, facts: { ...written, kernel: 'loaded', live: { [name]: '1' } }, changes: [] },
    {
      name: 'written, and set back by hand',
      params: {},
      facts: { ...written, kernel: 'loaded', live: { [name]: '0' } },
      changes: [`sysctl ${name}: 0 → 1`],
    },
    {
      name: 'live, but lost after a reboot',
      params: {},
      facts: { ...written, conf: absent, kernel: 'loaded', live: { [name]: '1' } },
      changes: [`${confPath}: absent → ${digest(confText)}`],
    },
    {
      name: 'a kernel without IPVS',
      params: {},
      facts: { ...written, kernel: absent, live: { [name]: absent } },
      changes: ['kernel module ip_vs: not loaded → loaded', `sysctl ${name}: absent → 1`],
      unmet: ['the kernel has IPVS'],
      sentences: ['the kernel has no IPVS (ip_vs): this host cannot be a director'],
    },
    {
      name: 'not known',
      params: {},
      facts: { modules: unknown, conf: unknown, kernel: unknown, live: unknown },
      changes: [
        `${modulesPath}: unknown → ${digest(modulesText)}`,
        `${confPath}: unknown → ${digest(confText)}`,
        'kernel module ip_vs: unknown → loaded',
        `sysctl ${name}: unknown → 1`,
      ],
      unmet: ['the kernel has IPVS'],
    },
    {
      name: 'to be absent where it is set',
      params: { state: 'absent' },
      facts: { ...written, kernel: 'loaded', live: { [name]: '1' } },
      changes: [
        `${confPath}: ${digest(confText)} → absent`,
        `${modulesPath}: ${digest(modulesText)} → absent`,
        `sysctl ${name}: 1 → 0`,
      ],
    },
    {
      name: 'to be absent on a bare host',
      params: { state: 'absent' },
      facts: { ...bare, kernel: 'loadable', live: { [name]: absent } },
      changes: [],
    },
    {
      name: 'to be absent, not known',
      params: { state: 'absent' },
      facts: { modules: unknown, conf: unknown, kernel: unknown, live: unknown },
      changes: [`${confPath}: unknown → absent`, `${modulesPath}: unknown → absent`, `sysctl ${name}: unknown → 0`],
    },
  ],
  [{ params: { state: 'on' }, problems: ['state: Invalid option: expected one of "present"|"absent"'] }],
))
  test(law.name, law.run)

test.run()
