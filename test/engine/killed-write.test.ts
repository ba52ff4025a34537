import { deepStrictEqual, rejects, strictEqual } from 'node:assert'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import { MaskedText, sh, type Script } from 'haq'
import type { WriteStep } from '../../src/core/step.ts'
import { stepScript } from '../../src/engine/step-script.ts'
import { inFolder } from '../temp.ts'
import { shells, withShell } from '../shells.ts'

const { username } = userInfo()

function write(path: string, content: string, validate?: Script): Script {
  const step: WriteStep = {
    kind: 'write',
    path,
    content: new MaskedText(content, content),
    mode: '0640',
    owner: username,
    group: '',
    before: null,
    change: { what: path, from: 'old', to: 'new' },
    predicts: [],
    ...(validate && { validate }),
  }
  return stepScript(step)
}

for (const { name, exec } of shells)
  test(
    `a write that is killed leaves the old file whole, and the next write takes away what it left (${name})`,
    inFolder(async folder => {
      const path = join(folder, 'conf', 'it.conf')
      await mkdir(join(folder, 'conf'))
      await writeFile(path, 'old')
      await withShell(exec, async shell => {
        const { stdout } = await shell.run(sh`echo $$`)
        const halfway = sh`: >${join(folder, 'halfway')}; while :; do sleep 0.1; done`
        const writing = rejects(shell.run(write(path, 'half', halfway)))
        while (!existsSync(join(folder, 'halfway'))) await new Promise(resolve => setTimeout(resolve, 10))
        // The shell leads a group of its own, and the script in hand is in it.
        process.kill(-Number(stdout), 'SIGKILL')
        await writing
      })
      strictEqual(await readFile(path, 'utf8'), 'old')
      const [left = '', ...others] = (await readdir(join(folder, 'conf'))).filter(entry => entry !== 'it.conf')
      deepStrictEqual(others, [])
      strictEqual((await stat(join(folder, 'conf', left))).mode & 0o077, 0o040)
      await withShell(exec, async shell => strictEqual((await shell.run(write(path, 'new'))).status, 0))
      deepStrictEqual(await readdir(join(folder, 'conf')), ['it.conf'])
      strictEqual(await readFile(path, 'utf8'), 'new')
    }),
  )

test.run()
