import { ok, strictEqual } from 'node:assert'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { absent } from 'haq'
import { keepalivedConf } from 'haq/modules'
import { stepsOf } from '../../../src/core/step.ts'
import { stepScript } from '../../../src/engine/step-script.ts'
import { everything } from './keepalivedConf.fixtures.ts'

type Params = Parameters<typeof keepalivedConf>[0]

// keepalived looks for the interfaces of its configuration: they are made in a network namespace that ends with the script.
const interfaces = `ip link set lo up
ip link add eth1 type veth peer name eth2
ip link add eth3 type veth peer name eth4
ip address add 192.168.1.121/24 dev eth1`

const missing = ['keepalived', 'unshare', 'ip'].find(program => spawnSync(program, ['--version']).error)
const whyNot = missing ? `${missing} is not installed` : process.getuid?.() === 0 ? '' : 'it needs root'
if (whyNot) console.log(`skipped: keepalivedConf with the real keepalived, because ${whyNot}`)

const withKeepalived = suite<{ folder: string }>('keepalivedConf with the real keepalived')
withKeepalived.before.each(context => {
  context.folder = mkdtempSync(join(tmpdir(), 'haq-keepalived-'))
})
withKeepalived.after.each(({ folder }) => rmSync(folder, { recursive: true }))

/** Applies the plan to a file of the folder, as the engine would. */
function apply(folder: string, params: Params) {
  const path = join(folder, 'keepalived.conf')
  const task = keepalivedConf({ ...params, path })
  const [step] = stepsOf(
    task.plan({ conf: absent, program: '/usr/sbin/keepalived', own: [], backupOnly: {}, 'script /usr/bin/true': [] }),
  )
  ok(step, JSON.stringify(task.problems))
  const script = `${interfaces}\n${stepScript(step).reveal()}`
  const { status, stderr } = spawnSync('unshare', ['--net', 'sh'], { input: script, encoding: 'utf8' })
  return { status, stderr, path }
}

withKeepalived('takes a configuration with everything in it', ({ folder }) => {
  const { status, stderr, path } = apply(folder, everything)
  strictEqual(stderr, '')
  strictEqual(status, 0)
  strictEqual(statSync(path).mode & 0o7777, 0o640)
})

withKeepalived('keeps the old file when it refuses the new one, and says why', ({ folder }) => {
  const path = join(folder, 'keepalived.conf')
  writeFileSync(path, 'old')
  const elsewhere = everything.instances
    .slice(1, 2)
    .map(instance => ({ ...instance, interface: 'eth9', trackScripts: [] }))
  const { status, stderr } = apply(folder, { instances: elsewhere })
  strictEqual(status, 1)
  strictEqual(
    stderr
      .trimEnd()
      .split('\n')
      .at(-1)
      ?.replace(/\(\/[^ ]*: /, '(FILE: '),
    'keepalived refuses the new file, so the old one stays (exit status 5): ' +
      "(FILE: Line 10) WARNING - interface eth9 for vrrp_instance VI_6 doesn't exist",
  )
  strictEqual(readFileSync(path, 'utf8'), 'old')
  strictEqual(readdirSync(folder).join(), 'keepalived.conf')
})

withKeepalived('finds the daemon where a host has it', () => {
  const { program } = keepalivedConf(everything).facts
  const stdout = execFileSync('sh', ['-c', program?.script.reveal() ?? ''], { env: { PATH: '/usr/bin:/bin' } })
  strictEqual(program?.parse(stdout.toString('latin1')), '/usr/sbin/keepalived')
})

if (!whyNot) withKeepalived.run()
