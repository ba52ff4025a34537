import { deepStrictEqual, strictEqual } from 'node:assert'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import { packageState } from '../../modules/packages/state.ts'
import { sh } from '../../src/core/shell.ts'
import { isPending } from '../../src/facts/pending.ts'
import { file, secretFile } from '../../src/facts/file.ts'
import { asNobody } from '../engine/site.ts'
import { readAsAlone } from '../read-together.ts'
import { shells, shellWith, withShell } from '../shells.ts'
import { inFolder } from '../temp.ts'

/** Paths of all kinds; some begin as others do, and some are missing. */
function plant(folder: string): readonly string[] {
  mkdirSync(join(folder, 'folder'))
  writeFileSync(join(folder, 'folder', 'inside'), Buffer.from(Array.from({ length: 512 }, (_, i) => i % 256)))
  writeFileSync(join(folder, "it's *"), 'no line end')
  writeFileSync(join(folder, 'empty'), '', { mode: 0o600 })
  writeFileSync(join(folder, 'large'), Buffer.alloc(1_048_577, 'x'))
  symlinkSync('empty', join(folder, 'link'))
  symlinkSync('nowhere', join(folder, 'dangling'))
  const names = ['missing', 'folder', 'folder/inside', 'folder/gone', "it's *", 'empty', 'large', 'link', 'dangling']
  return names.map(name => join(folder, name))
}

for (const { name, exec } of shells) {
  test(
    `${name} reads files together as it does alone`,
    inFolder(folder =>
      withShell(exec, async shell => {
        const paths = plant(folder)
        for (const facts of [paths.map(file), paths.map(secretFile), [...paths.map(secretFile), ...paths.map(file)]])
          await readAsAlone(shell, facts)
      }),
    ),
  )

  test(
    `${name} reads what is pending together as it does alone`,
    inFolder(folder => {
      chmodSync(folder, 0o755)
      mkdirSync(join(folder, '.local/state/haq/owed'), { recursive: true })
      writeFileSync(join(folder, '.local/state/haq/owed/two'), '')
      const facts = ['one', 'two', 'three'].map(isPending)
      return withShell([...asNobody, ...shellWith({ HOME: folder }, exec)], async shell => {
        await readAsAlone(shell, facts)
        const read = await Promise.all(facts.map(async fact => fact.parse((await shell.read(fact)).stdout)))
        deepStrictEqual(read, [false, true, false])
      })
    }),
  )

  test(`${name} reads packages together as it does alone`, () =>
    withShell(exec, async shell => {
      for (const names of [
        ['dpkg', 'coreutils', 'bash'],
        ['dpkg', 'no-such-package', 'awk', 'coreutils'],
      ])
        await readAsAlone(shell, names.map(packageState))
    }))

  test(
    `${name} reads each file alone where one of them can't be read, and still says which`,
    inFolder(folder =>
      withShell(exec, async shell => {
        const [fine = '', broken = ''] = ['fine', 'broken'].map(each => join(folder, each))
        writeFileSync(fine, 'fine')
        // What a file that goes meanwhile does to the script for all of them.
        const batch = { kind: 'file', item: '', script: () => sh`exit 1` }
        const [one, other] = await Promise.all([
          shell.read({ ...file(fine), batch }),
          shell.read({ ...file(broken), script: sh`echo gone >&2; exit 1`, batch }),
        ])
        strictEqual(one.stdout.endsWith('content\nfine'), true)
        deepStrictEqual(other, { status: 1, stdout: '', stderr: 'gone\n' })
        strictEqual(shell.roundTrips, 2)
      }),
    ),
  )
}

test.run()
