import { deepStrictEqual } from 'node:assert'
import { execaSync } from 'execa'
import { suite } from 'uvu'
import { ipvsBlocked } from '../../../modules/lvs/ipvs.ts'
import { shells, withShell } from '../../shells.ts'

const mounted = 'mkdir -p /run/modprobe.d && mount -t tmpfs none /run/modprobe.d'
const canMount = execaSync('unshare', ['-m', 'sh', '-c', mounted], { reject: false }).exitCode === 0

const suiteOf = suite('what keeps ip_vs from being loaded at boot')
const test = canMount ? suiteOf : suiteOf.skip
if (!canMount) process.stdout.write('skipped: modprobe.d: nothing can be mounted here\n')

const cases = [
  { line: 'blacklist ip_vs', blocked: true },
  { line: '  install ip_vs /bin/false', blocked: true },
  { line: '# blacklist ip_vs', blocked: false },
  { line: 'blacklist ip_vs_rr', blocked: false },
] as const

for (const shell of shells)
  for (const { line, blocked } of cases)
    test(`${shell.name}: ${line}`, async () => {
      const prepare = `${mounted} && printf 'options x y=1\\n%s\\n' '${line}' >/run/modprobe.d/cis.conf && exec "$@"`
      await withShell(['unshare', '-m', 'sh', '-c', prepare, 'sh', ...shell.exec], async host => {
        const { stdout } = await host.read(ipvsBlocked)
        deepStrictEqual(ipvsBlocked.parse(stdout), blocked ? `/run/modprobe.d/cis.conf:2:${line}` : null)
      })
    })

suiteOf.run()
