import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import { sh, type Script } from '../../src/core/shell.ts'
import type { HostShell } from '../../src/transport/host-shell.ts'
import { inFolder } from '../temp.ts'
import { shells, withShell } from '../shells.ts'

const chain = (shell: HostShell, ...scripts: readonly Script[]) =>
  shell.chain(scripts.map(script => ({ script, what: 'link' })))

const statuses = async (answers: ReturnType<HostShell['chain']>): Promise<readonly (number | undefined)[]> =>
  (await Promise.all(answers)).map(frame => frame?.status)

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 10))
}

for (const { name, exec } of shells) {
  test(`a chain is one round trip in ${name}, and later scripts run after it`, () =>
    withShell(exec, async shell => {
      const frames = await Promise.all(chain(shell, sh`echo one; echo err >&2`, sh`echo two`, sh`echo three`))
      deepStrictEqual(
        frames.map(frame => frame?.stdout),
        ['one\n', 'two\n', 'three\n'],
      )
      strictEqual(frames[0]?.stderr, 'err\n')
      strictEqual(shell.roundTrips, 1)
      strictEqual((await shell.run(sh`echo four`)).stdout, 'four\n')
      strictEqual(shell.roundTrips, 2)
    }))

  test(`a failed script ends a chain of ${name}, and the next chain runs again`, () =>
    withShell(exec, async shell => {
      deepStrictEqual(await statuses(chain(shell, sh`true`, sh`exit 3`, sh`true`, sh`true`)), [
        0,
        3,
        undefined,
        undefined,
      ])
      deepStrictEqual(await statuses(chain(shell, sh`if then`, sh`true`)).then(([, next]) => next), undefined)
      deepStrictEqual(await statuses(chain(shell, sh`true`, sh`true`)), [0, 0])
    }))

  test(`scripts that are sent to ${name} during a chain wait for its end, whatever their size`, () =>
    withShell(exec, async shell => {
      const large = 'x'.repeat(200_000)
      const answers = chain(shell, sh`: ${large}; sleep 0.1; echo one`, sh`: ${large}; echo two`)
      const others = [1, 2, 3].map(n => shell.run(sh`: ${large}; echo ${n}`))
      const seen = await Promise.all([...answers, ...others])
      deepStrictEqual(
        seen.map(frame => frame?.stdout),
        ['one\n', 'two\n', '1\n', '2\n', '3\n'],
      )
      strictEqual(shell.roundTrips, 2)
    }))

  test(
    `a stopped chain of ${name} finishes the current script, and starts no other`,
    inFolder(folder =>
      withShell(exec, async shell => {
        const at = (file: string): string => join(folder, file)
        const answers = chain(
          shell,
          sh`touch ${at('started')}; until [ -e ${at('go')} ]; do sleep 0.02; done; touch ${at('done')}`,
          sh`touch ${at('next')}`,
        )
        await until(() => existsSync(at('started')))
        shell.stop()
        shell.stop()
        writeFileSync(at('go'), '')
        deepStrictEqual(await statuses(answers), [0, undefined])
        ok(existsSync(at('done')) && !existsSync(at('next')))
        deepStrictEqual(await statuses(chain(shell, sh`true`, sh`true`)), [0, 0])
      }),
    ),
  )

  test(
    `a chain of ${name} whose connection is lost finishes the current script, and starts no other`,
    inFolder(async folder => {
      const at = (file: string): string => join(folder, file)
      await withShell(exec, async shell => {
        const answers = chain(
          shell,
          sh`touch ${at('started')}; until [ -e ${at('go')} ]; do sleep 0.02; done; touch ${at('done')}`,
          sh`touch ${at('next')}`,
          sh`touch ${at('next')}`,
        )
        const lost = rejects(Promise.all(answers), /the connection is closed/)
        await until(() => existsSync(at('started')))
        const closed = shell.close()
        await lost
        writeFileSync(at('go'), '')
        await closed
      })
      await until(() => existsSync(at('done')))
      ok(!existsSync(at('next')))
    }),
  )
}

test('a lost shell rejects a chain', () =>
  withShell(['sh', '-c', 'exit 1'], async shell => {
    await rejects(Promise.all(chain(shell, sh`true`, sh`true`)), /could not be reached/)
    await rejects(Promise.all(chain(shell, sh`true`, sh`true`)), /could not be reached/)
  }))

test('a shell that must finish first answers all sent scripts', () =>
  withShell(['env'], async shell => {
    const answer = shell.run(sh`sleep 0.2; echo late`)
    await shell.finish()
    strictEqual((await answer).stdout, 'late\n')
    await rejects(shell.run(sh`:`), /the connection is closed/)
  }))

test('when a fact is not read in time, haq disconnects and names the fact', () =>
  withShell(
    ['env'],
    async shell => {
      const answers = [
        shell.run(sh`sleep 0.5; echo step`),
        shell.read({ key: 'file:/mnt/dead', script: sh`sleep 60` }),
        shell.run(sh`:`),
      ]
      strictEqual((await answers[0])?.stdout, 'step\n')
      for (const answer of answers.slice(1))
        await rejects(answer, /here: no answer in 0.2 s, while reading file:\/mnt\/dead/)
    },
    { read: 0.2, end: 0.1 },
  ))

test.run()
