import { deepStrictEqual, strictEqual } from 'node:assert'
import { execaSync } from 'execa'
import { suite } from 'uvu'
import { keptAtBoot, sysctlFiles } from '../../src/facts/sysctl-files.ts'
import { shells, withShell } from '../shells.ts'

const folder = '/etc/sysctl.d'
const own = `${folder}/90-haq-arp.conf`
const name = 'net.ipv4.conf.all.arp_ignore'
const canMount = execaSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', folder], { reject: false }).exitCode === 0

const files = suite('sysctl.d as a host has it')
const test = canMount ? files : files.skip
if (!canMount) process.stdout.write(`skipped: files in sysctl.d: nothing can be mounted over ${folder} here\n`)

/** Files of sysctl.d by name, in the order in which they are made; what the host would come to at boot. */
const found: readonly { name: string; write: Readonly<Record<string, string>>; overridden: boolean }[] = [
  { name: "haq's own file alone", write: { '90-haq-arp.conf': `${name} = 1` }, overridden: false },
  {
    name: "a later file beside haq's own and an earlier one",
    write: { '10-a.conf': 'kernel.x = 1', '90-haq-arp.conf': `${name} = 1`, '99-hardening.conf': `${name} = 0` },
    overridden: true,
  },
  {
    name: 'an earlier file only',
    write: { '10-a.conf': `${name} = 0`, '90-haq-arp.conf': `${name} = 1` },
    overridden: false,
  },
  {
    name: 'a later file with line ends of DOS, and slashes in the name',
    write: { '90-haq-arp.conf': `${name} = 1`, '99-b.conf': '//net/ipv4//conf/all/arp_ignore = 0\r' },
    overridden: true,
  },
  {
    name: 'a later file whose name has a space',
    write: { '90-haq-arp.conf': `${name} = 1`, '99 b.conf': `${name} = 0` },
    overridden: true,
  },
]

for (const shell of shells)
  for (const { name: what, write, overridden } of found)
    test(`${shell.name}: ${what}`, async () => {
      const writes = Object.entries(write).map(([file, text]) => `echo '${text}' >'${folder}/${file}'`)
      const prepare = ['mount -t tmpfs none /etc/sysctl.d', ...writes, 'exec "$@"'].join(' && ')
      await withShell(['unshare', '-m', 'sh', '-c', prepare, 'sh', ...shell.exec], async host => {
        const fact = sysctlFiles(own, [name])
        const { status, stdout } = await host.read(fact)
        strictEqual(status, 0)
        deepStrictEqual(keptAtBoot(own, { [name]: '1' }, fact.parse(stdout)).met, !overridden)
      })
    })

for (const shell of shells)
  test(`${shell.name}: systemd-sysctl is masked`, async () => {
    const prepare =
      'mount -t tmpfs none /etc/systemd/system && ln -s /dev/null /etc/systemd/system/systemd-sysctl.service && exec "$@"'
    await withShell(['unshare', '-m', 'sh', '-c', prepare, 'sh', ...shell.exec], async host => {
      const fact = sysctlFiles(own, [name])
      const { stdout } = await host.read(fact)
      const { met, otherwise } = keptAtBoot(own, { [name]: '1' }, fact.parse(stdout))
      deepStrictEqual([met, otherwise], [false, `systemd-sysctl is masked, so that ${own} is not read at boot`])
    })
  })

files.run()
