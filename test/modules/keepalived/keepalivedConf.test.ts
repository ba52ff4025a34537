import { ok, strictEqual } from 'node:assert'
import { inspect } from 'node:util'
import { test } from 'uvu'
import { absent, sha256, unknown, type FileState } from 'haq'
import { keepalivedConf } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { stepsOf } from '../../../src/core/step.ts'
import { cluster, clusterConf, everything } from './keepalivedConf.fixtures.ts'
import { everythingConf } from './keepalivedConf.golden.ts'

const conf = (content: string, mode = '0640'): FileState => ({
  type: 'file',
  mode,
  owner: 'root',
  group: 'root',
  content,
})
const program = '/usr/sbin/keepalived'
/** What a director that is also a real server is told by lvsBackupOnly, and what else it must be. */
const host = {
  program,
  own: ['192.168.1.121', 'fd00::121'],
  backupOnly: { 'net.ipv4.vs.backup_only': '1' },
}
const trueIsSafe = { 'script /usr/bin/true': [] }
const what = '/etc/keepalived/keepalived.conf'
/** How a file's content shows in a change: by the digest of what may be seen of it. */
const digest = (content: string): string =>
  `sha256 ${sha256(content.replace(/auth_pass .*/, 'auth_pass ********')).slice(0, 12)}`
const shown = digest(clusterConf)
const edited = clusterConf.replace('priority 100', 'priority 50')
const vrrpOnlyConf = clusterConf
  .replace(/  lvs_sync.*\n/, '')
  .replace(/  authentication \{[^}]*\}\n/, '')
  .replace(/\nvirtual_server[^]*/, '')
const { routerId } = cluster.global
const vrrpOnly = { global: { routerId }, instances: cluster.instances.map(({ authentication: _, ...rest }) => rest) }

test('keepalivedConf renders a director of the reference pair', () => {
  strictEqual(written(cluster), clusterConf)
})

test('keepalivedConf masks the passwords of the new file, and all that only the old one has', () => {
  const old = [
    '# Managed by haq: edits by hand are replaced.',
    '$SECRET=CANARY1',
    '! auth_pass CANARY2 (the one before)',
    'vrrp_instance VI_1 {',
    '  authentication {',
    '    auth_pass "CANARY3" # was CANARY4',
    '  }',
    '  notify "/usr/local/bin/tell --token=CANARY5"',
    '}',
    '',
  ].join('\n')
  for (const params of [cluster, { ...cluster, state: 'absent' as const }]) {
    const [step] = stepsOf(keepalivedConf(params).plan({ ...host, conf: conf(old) }))
    ok(!/CANARY|s3cr3t/.test(JSON.stringify(step) + inspect(step, { depth: null })))
    strictEqual(step?.change.diff?.hidden, 'before')
  }
  const [step] = stepsOf(keepalivedConf(cluster).plan({ ...host, conf: conf(old) }))
  strictEqual(
    String(step?.change.diff?.before),
    '# Managed by haq: edits by hand are replaced.\nvrrp_instance VI_1 {\n  authentication {\n    auth_pass ********\n  }\n}\n',
  )
  strictEqual(step?.change.diff?.after, clusterConf.replace('s3cr3t', '********'))
})

test('keepalivedConf renders all parameters', () => {
  strictEqual(written(everything), everythingConf)
})

function written(params: Parameters<typeof keepalivedConf>[0]): string | undefined {
  const [step] = stepsOf(keepalivedConf(params).plan({ ...host, conf: absent }))
  return step?.kind === 'write' ? step.content.reveal() : undefined
}

for (const law of lawTests(keepalivedConf, [
  {
    name: 'a host without the file',
    params: cluster,
    facts: { ...host, conf: absent },
    changes: [`${what}: absent → ${shown} 0640 root:root`],
  },
  {
    name: 'a different password',
    params: cluster,
    facts: { ...host, conf: conf(clusterConf.replace('s3cr3t', 'other')) },
    changes: [`${what}: ${shown} 0640 root:root with another secret → ${shown} 0640 root:root`],
  },
  {
    name: 'edited by hand, password the same',
    params: cluster,
    facts: { ...host, conf: conf(edited) },
    changes: [`${what}: hidden 0640 root:root → ${shown} 0640 root:root`],
  },
  { name: 'nothing to do', params: cluster, facts: { ...host, conf: conf(clusterConf) }, changes: [] },
  {
    name: 'a password that anyone can read',
    params: cluster,
    facts: { ...host, conf: conf(clusterConf, '0644') },
    changes: [`${what}: ${shown} 0644 root:root → ${shown} 0640 root:root`],
  },
  {
    name: 'no password, so the file is open',
    params: vrrpOnly,
    facts: { ...host, conf: absent },
    changes: [`${what}: absent → ${digest(vrrpOnlyConf)} 0644 root:root`],
  },
  {
    name: 'keepalived is not installed',
    params: cluster,
    facts: { ...host, conf: absent, program: absent },
    changes: [`${what}: absent → ${shown} 0640 root:root`],
    unmet: ['keepalived is installed'],
  },
  {
    name: 'a package that an earlier task will bring',
    params: cluster,
    facts: { ...host, conf: unknown, program: unknown },
    changes: [`${what}: unknown → ${shown} 0640 root:root`],
    unmet: ['keepalived is installed'],
  },
  {
    name: 'everything at once',
    params: everything,
    facts: { ...host, ...trueIsSafe, conf: absent },
    changes: [`${what}: absent → ${digest(everythingConf)} 0640 root:root`],
  },
  {
    name: 'absent, and there is a file',
    params: { state: 'absent' },
    facts: { ...host, conf: conf(clusterConf), program: absent },
    changes: [`${what}: hidden 0640 root:root → absent`],
  },
  {
    name: 'absent, and there is none',
    params: { state: 'absent' },
    facts: { ...host, conf: absent },
    changes: [],
  },
  {
    name: 'absent, and nothing is known',
    params: { state: 'absent' },
    facts: { ...host, conf: unknown, program: unknown },
    changes: [`${what}: unknown → absent`],
  },
  {
    name: 'another path',
    params: { ...cluster, path: '/etc/keepalived/test.conf' },
    facts: { ...host, conf: absent },
    changes: [`/etc/keepalived/test.conf: absent → ${shown} 0640 root:root`],
  },
]))
  test(law.name, law.run)

test.run()
