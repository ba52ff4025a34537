import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import { packageState } from '../../modules/packages/state.ts'
import { sh } from '../../src/core/shell.ts'
import type { Fact } from '../../src/core/fact.ts'
import { isPending } from '../../src/facts/pending.ts'
import { secretFile } from '../../src/facts/file.ts'
import { systemdUnit, unitIsStale } from '../../src/facts/systemd-unit.ts'
import { factsIn, plant } from '../facts/any-machine.ts'
import { shells, withShell } from '../shells.ts'
import { inFolder } from '../temp.ts'

/** A systemctl for tests, with or without systemd. */
const systemctl = `case $1 in is-enabled) echo enabled; exit 0 ;; esac
shift 4
for unit; do printf '%s\\n' LoadState=loaded ActiveState=active UnitFileState=enabled Type=simple NeedDaemonReload=no ''; done
`

/** Programs that record their arguments, and then run the real program. */
function plantPrograms(folder: string): string {
  const programs = join(folder, 'programs')
  mkdirSync(programs)
  const usual = '/usr/sbin:/usr/bin:/sbin:/bin'
  const call = join(folder, 'call')
  writeFileSync(call, `#!/bin/sh\nprintf '%s\\n' "$@" >>${folder}/words\nPATH=${usual} exec "\${0##*/}" "$@"\n`, {
    mode: 0o755,
  })
  for (const name of new Set(usual.split(':').flatMap(place => (existsSync(place) ? readdirSync(place) : []))))
    if (name !== 'systemctl' && name !== 'sh') symlinkSync(call, join(programs, name))
  writeFileSync(join(programs, 'systemctl'), `#!/bin/sh\nprintf '%s\\n' "$@" >>${folder}/words\n${systemctl}`, {
    mode: 0o755,
  })
  return programs
}

/** The command that starts a shell and records all its input. */
const heard = (folder: string, exec: readonly string[]): readonly string[] => [
  'sh',
  '-c',
  'log=$1; shift; tee "$log" | "$@"',
  'sh',
  join(folder, 'heard'),
  ...exec,
]

const marksIn = (text: string): readonly string[] => [...new Set(text.match(/haq-[0-9a-f]{32}/g))]
const marksHeard = (folder: string): readonly string[] => marksIn(readFileSync(join(folder, 'heard'), 'latin1'))

/** The arguments of all processes, which every user of a host can read. */
const allWords: Fact<readonly string[]> = {
  key: 'allWords',
  script: sh`cat /proc/[0-9]*/cmdline 2>/dev/null || :`,
  parse: marksIn,
}

for (const { name, exec } of shells) {
  test(
    `no mark of ${name} is in the arguments of a process`,
    inFolder(async folder => {
      plant(folder)
      const programs = plantPrograms(folder)
      await withShell(heard(folder, exec), async shell => {
        await shell.hold(sh`PATH=${programs}:$PATH`)
        const units = ['one.service', 'two.service']
        const facts = [
          allWords,
          ...factsIn(folder),
          ...['empty', 'bytes'].map(file => secretFile(join(folder, file))),
          ...['one', 'two'].map(isPending),
          ...units.map(systemdUnit),
          ...units.map(unitIsStale),
          ...['dpkg', 'coreutils', 'no-such-package'].map(packageState),
          ...['dpkg', 'coreutils'].map(packageState),
        ]
        const [inProc] = await Promise.all(facts.map(fact => shell.read(fact)))
        const marks = marksHeard(folder)
        const words = readFileSync(join(folder, 'words'), 'latin1')
        ok(marks.length > 0 && words.includes('one.service'), 'the test sees neither marks nor words')
        const seen = [...marksIn(words), ...marksIn(inProc?.stdout ?? '')]
        deepStrictEqual(
          seen.filter(mark => marks.includes(mark)),
          [],
        )
      })
    }),
  )

  test(
    `an old mark of ${name} can't end a later answer`,
    inFolder(folder =>
      withShell(heard(folder, exec), async shell => {
        await Promise.all([shell.run(sh`echo one`), shell.read(allWords)])
        await Promise.all(shell.chain([sh`echo two`, sh`echo three`].map(script => ({ script, what: 'link' }))))
        const marks = marksHeard(folder)
        ok(marks.length > 0)
        const forged = marks.map(mark => `\n${mark} 0\n\n${mark} \n`).join('')
        const script = sh`printf %s ${forged}; printf %s ${forged} >&2; exit 3`
        deepStrictEqual(await shell.run(script), { status: 3, stdout: forged, stderr: forged })
        const reads = [true, false].map(waits => shell.read({ key: 'forged', script, ...(waits && { waits: true }) }))
        for (const { status, stdout } of await Promise.all(reads)) deepStrictEqual([status, stdout], [3, forged])
        strictEqual((await shell.run(sh`echo after`)).stdout, 'after\n')
      }),
    ),
  )
}

test.run()
