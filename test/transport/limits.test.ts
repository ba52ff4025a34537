import { deepStrictEqual, rejects, strictEqual } from 'node:assert'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import { sh } from '../../src/core/shell.ts'
import { file } from '../../src/facts/file.ts'
import { shells, withShell } from '../shells.ts'
import { inFolder } from '../temp.ts'

const limits = { output: 1_048_576, end: 0.1 }
const limit = 1_048_576
const tooMuch = {
  name: 'ConnectError',
  host: 'here',
  message: 'here: more than 1 MiB of output from "much"',
  hint: 'if that is right, allow more with --output-limit, up to 256 MiB',
}

/** Whether a process has ended; a zombie counts as ended. */
const isOver = (pid: string): boolean =>
  !existsSync(`/proc/${pid}`) || /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))

for (const { name, exec } of shells) {
  test(`a script of ${name} can print up to the limit, and no more`, () =>
    withShell(
      exec,
      async shell => {
        const frame = await shell.run(sh`head -c ${limit} /dev/zero; head -c ${limit} /dev/zero >&2`)
        deepStrictEqual([frame.stdout.length, frame.stderr.length], [limit, limit])
        const before = shell.run(sh`echo before`)
        const much = shell.run(sh`head -c ${2 * limit} /dev/zero`, 'much')
        const refused = [rejects(much, tooMuch), rejects(shell.run(sh`echo after`), tooMuch)]
        strictEqual((await before).stdout, 'before\n')
        await Promise.all(refused)
        await rejects(shell.run(sh`echo later`), tooMuch)
      },
      limits,
    ))

  for (const [stream, redirect] of [
    ['standard output', sh`:`],
    ['standard error', sh`exec >&2`],
  ] as const)
    test(
      `endless output of ${name} to ${stream} is cut off, and its writer ends`,
      inFolder(folder =>
        withShell(
          exec,
          async shell => {
            const pid = join(folder, 'pid')
            const endless = sh`${redirect}; echo $$ >${pid}; exec sh -c ${`echo $$ >${pid}; exec cat /dev/zero`}`
            await rejects(shell.read({ key: 'much', script: endless }), tooMuch)
            await shell.close()
            while (!isOver(readFileSync(pid, 'utf8').trim())) await new Promise(resolve => setTimeout(resolve, 10))
          },
          limits,
        ),
      ),
    )

  test(`the error names a background process on ${name} that writes without end`, () =>
    withShell(
      exec,
      async shell => {
        await shell.run(sh`(sleep 0.1; head -c ${2 * limit} /dev/zero) &`)
        await rejects(
          (async () => {
            for (;;) await shell.run(sh`sleep 0.3`, 'a background process')
          })(),
          /more than 1 MiB of output from "a background process"/,
        )
      },
      limits,
    ))

  test(
    `each of the facts that ${name} reads together can print up to the limit`,
    inFolder(folder =>
      withShell(
        exec,
        async shell => {
          const paths = ['a', 'b', 'c'].map(each => join(folder, each))
          await shell.run(sh`for path in ${paths}; do head -c 700000 /dev/zero >"$path"; done`)
          const frames = await Promise.all(paths.map(path => shell.read(file(path))))
          for (const { stdout } of frames) strictEqual(stdout.slice(-700_000), '\0'.repeat(700_000))
        },
        limits,
      ),
    ),
  )

  test(`a step of ${name} has its full time, however long the steps before it took`, () =>
    withShell(
      exec,
      async shell => {
        const slow = { script: sh`sleep 0.6`, what: 'slow', within: 1 }
        const [one, two, three] = shell.chain([slow, slow, { script: sh`sleep 60`, what: 'slower', within: 0.2 }])
        deepStrictEqual([(await one)?.status, (await two)?.status], [0, 0])
        await rejects(three ?? Promise.resolve(), {
          name: 'ConnectError',
          host: 'here',
          message: 'here: no end of "slower" in 0.2 s',
          hint: 'the step may still run on the host; the task option timeout allows more time',
        })
      },
      limits,
    ))

  test(`scripts that are sent meanwhile give a script of ${name} no more time`, () =>
    withShell(
      exec,
      async shell => {
        const late = rejects(shell.run(sh`sleep 60`, 'slow', 0.5), /no end of "slow" in 0.5 s/)
        const others = setInterval(() => void shell.run(sh`:`).catch(() => {}), 20)
        await late
        clearInterval(others)
      },
      limits,
    ))
}

test.run()
