import { deepStrictEqual } from 'node:assert'
import { execaSync } from 'execa'
import { suite } from 'uvu'
import { absent, type Absent } from '../../src/core/fact.ts'
import { systemdUnit, unitIsStale, type UnitState } from '../../src/facts/systemd-unit.ts'
import { shells, withShell } from '../shells.ts'

const folder = '/etc/systemd/system'
const canTry =
  execaSync('unshare', ['-m', 'sh', '-c', `mount -t tmpfs none ${folder} && systemctl --version`], { reject: false })
    .exitCode === 0

const units = suite('units of a host on which systemd does not run')
const test = canTry ? units : units.skip
if (!canTry) process.stdout.write('skipped: units without systemd: no systemctl, or nothing can be mounted here\n')

const offline = { active: false, offline: true } as const
const expected: Readonly<Record<string, UnitState | Absent>> = {
  'on.service': { ...offline, enabled: true },
  'off.service': { ...offline, enabled: false },
  'plain.service': { ...offline, enabled: 'static' },
  'masked.service': { ...offline, enabled: false, masked: true },
  'missing.service': absent,
}

const service = '[Service]\\nExecStart=/bin/true\\n'
const prepare = `mount -t tmpfs none ${folder} && mkdir -p /run/systemd && mount -t tmpfs none /run/systemd && cd ${folder} &&
printf '${service}[Install]\\nWantedBy=multi-user.target\\n' | tee on.service >off.service &&
printf '${service}' >plain.service && ln -s /dev/null masked.service &&
mkdir multi-user.target.wants && ln -s ../on.service multi-user.target.wants/ && cd / && exec "$@"`

for (const shell of shells) {
  const exec = ['unshare', '-m', 'sh', '-c', prepare, 'sh', ...shell.exec]
  test(`${shell.name}: what their files say, one by one and together`, async () => {
    const facts = Object.keys(expected).map(systemdUnit)
    const values = async (read: readonly Promise<{ readonly stdout: string }>[]): Promise<Record<string, unknown>> => {
      const frames = await Promise.all(read)
      return Object.fromEntries(facts.map((fact, i) => [fact.key.slice(12), fact.parse(frames[i]?.stdout ?? '')]))
    }
    await withShell(exec, async host => {
      const alone = []
      for (const fact of facts) alone.push(Promise.resolve(await host.read(fact)))
      deepStrictEqual(await values(alone), expected)
      deepStrictEqual(await values(facts.map(fact => host.read(fact))), expected)
    })
  })

  test(`${shell.name}: what only a running systemd knows is refused`, async () => {
    await withShell(exec, async host => {
      const fact = unitIsStale('on.service')
      const { stdout } = await host.read(fact)
      let said = ''
      try {
        fact.parse(stdout)
      } catch (error) {
        said = String(error)
      }
      deepStrictEqual(said, 'Error: systemd does not run on this host')
    })
  })
}

units.run()
