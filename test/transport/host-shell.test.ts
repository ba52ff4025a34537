import { deepStrictEqual, match, ok, rejects, strictEqual } from 'node:assert'
import fc from 'fast-check'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import { ConnectError } from '../../src/core/errors.ts'
import { sh } from '../../src/core/shell.ts'
import { HostShell } from '../../src/transport/host-shell.ts'
import { inFolder } from '../temp.ts'
import { shells, withShell } from '../shells.ts'

const octal = (bytes: Uint8Array): string => [...bytes].map(byte => `\\${byte.toString(8).padStart(3, '0')}`).join('')

for (const { name, exec } of shells) {
  test(`any bytes survive on both streams of ${name}`, () =>
    withShell(exec, shell =>
      fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), async (out, err) => {
          const { stdout, stderr, status } = await shell.run(sh`printf ${octal(out)}; printf ${octal(err)} >&2`)
          deepStrictEqual(Buffer.from(stdout, 'latin1'), Buffer.from(out))
          deepStrictEqual(Buffer.from(stderr, 'latin1'), Buffer.from(err))
          strictEqual(status, 0)
        }),
      ),
    ))

  test(`much output on both streams at once does not stop ${name}`, () =>
    withShell(exec, async shell => {
      const { stdout, stderr } = await shell.run(sh`head -c 3000000 /dev/zero; head -c 2000000 /dev/zero >&2`)
      deepStrictEqual([stdout.length, stderr.length], [3_000_000, 2_000_000])
    }))

  test(`${name} returns the exit status of each script`, () =>
    withShell(exec, async shell => {
      const scripts = [sh`true`, sh`false`, sh`exit 7`, sh`(exit 3)`, sh`exec false`, sh`sh -c ${'kill -9 $$'}`]
      const frames = await Promise.all(scripts.map(script => shell.run(script)))
      deepStrictEqual(
        frames.map(({ status }) => status),
        [0, 1, 7, 3, 1, 137],
      )
    }))

  test(`facts that wait are read beside the others in ${name}, with the same answer as alone`, () =>
    withShell(exec, async shell => {
      const before = shell.read({ key: 'before', script: sh`echo before` })
      const waits = [
        shell.read({ key: 'much', script: sh`head -c 300000 /dev/zero; echo said >&2; exit 7`, waits: true }),
        shell.read({ key: 'broken', script: sh`if true; then )`, waits: true }),
        shell.read({
          key: 'bytes',
          script: sh`sleep 0.2; printf ${octal(Uint8Array.from(Array(256).keys()))}`,
          waits: true,
        }),
      ]
      const after = shell.read({ key: 'after', script: sh`echo after; echo ${"quote ' and )"} >&2; exit 3` })
      const behind = shell.run(sh`echo behind`)
      strictEqual(shell.roundTrips, 1)
      const [much, broken, bytes] = await Promise.all(waits)
      deepStrictEqual([much?.stdout.length, much?.stderr, much?.status], [300_000, 'said', 7])
      ok(broken?.status !== 0 && broken?.stderr !== '')
      deepStrictEqual([...Buffer.from(bytes?.stdout ?? '', 'latin1')], [...Array(256).keys()])
      deepStrictEqual(await before, { status: 0, stdout: 'before\n', stderr: '' })
      deepStrictEqual(await after, { status: 3, stdout: 'after\n', stderr: "quote ' and )\n" })
      deepStrictEqual(await behind, { status: 0, stdout: 'behind\n', stderr: '' })
    }))

  test(`facts that wait do not delay the others in ${name}`, () =>
    withShell(exec, async shell => {
      await shell.run(sh`true`)
      const start = performance.now()
      await Promise.all(
        ([true, undefined] as const).map(waits =>
          shell.read({ key: 'sleep', script: sh`sleep 1`, ...(waits && { waits }) }),
        ),
      )
      ok(performance.now() - start < 1900)
    }))

  test(`a syntax error in one script does not harm the next in ${name}`, () =>
    withShell(exec, async shell => {
      const [broken, quote, next] = await Promise.all([
        shell.run(sh`if true; then )`),
        shell.run(sh`echo 'open`),
        shell.run(sh`echo fine`),
      ])
      ok(broken.status !== 0 && broken.stderr !== '')
      ok(quote.status !== 0)
      deepStrictEqual([next.status, next.stdout, next.stderr], [0, 'fine\n', ''])
    }))

  test(`set -e works inside a script of ${name}, and only there`, () =>
    withShell(exec, async shell => {
      const stopped = await shell.run(sh`set -e
echo one
false
echo two`)
      deepStrictEqual([stopped.status, stopped.stdout], [1, 'one\n'])
      const next = await shell.run(sh`false; echo two`)
      deepStrictEqual([next.status, next.stdout], [0, 'two\n'])
    }))

  test(`a script leaves ${name} as it was: folder, variables, options, standard input`, () =>
    withShell(exec, async shell => {
      const before = await shell.run(sh`pwd; echo "$PATH"; umask`)
      await shell.run(sh`cd /; PATH=; umask 000; set -f; x=1; exec 2>&1; trap 'echo bye' EXIT`)
      const { stdout } = await shell.run(sh`cat; echo "[$x]"; pwd; echo "$PATH"; umask`)
      strictEqual(stdout, `[]\n${before.stdout}`)
    }))

  test(`scripts sent together to ${name} are one round trip, in order`, () =>
    withShell(exec, async shell => {
      const frames = await Promise.all([1, 2, 3].map(n => shell.run(sh`echo ${n}`)))
      deepStrictEqual(
        frames.map(({ stdout }) => stdout),
        ['1\n', '2\n', '3\n'],
      )
      strictEqual(shell.roundTrips, 1)
      await shell.run(sh`:`)
      strictEqual(shell.roundTrips, 2)
    }))

  test(`${name} does not trace, whatever its environment says`, () =>
    withShell(['env', 'SHELLOPTS=xtrace:verbose', ...exec.slice(0, -1), `set -xv; ${exec.at(-1)} -xv`], async shell => {
      const { stderr } = await shell.run(sh`printf %s secret`)
      strictEqual(stderr, '')
    }))
}

test('the output of a login script is not part of a result', () =>
  withShell(['sh', '-c', 'echo Welcome; printf "no line end"; echo motd >&2; exec "$@"', 'sh'], async shell => {
    deepStrictEqual(await shell.run(sh`echo out; echo err >&2`), { status: 0, stdout: 'out\n', stderr: 'err\n' })
  }))

test('when a shell dies, every waiting script gets an error with the last message of the shell', () =>
  withShell(['env'], async shell => {
    const waiting = [sh`echo fine`, sh`echo 'out of memory' >&2; kill -9 $$`, sh`echo never`].map(script =>
      shell.run(script),
    )
    const [fine, ...lost] = await Promise.allSettled(waiting)
    strictEqual(fine?.status, 'fulfilled')
    for (const result of lost) {
      ok(result.status === 'rejected' && result.reason instanceof ConnectError)
      strictEqual(result.reason.message, 'here: the connection was lost (out of memory)')
      strictEqual(result.reason.host, 'here')
    }
    await rejects(shell.run(sh`echo later`), /the connection was lost/)
  }))

test('a missing command makes the host unreachable', () =>
  withShell(['/nowhere/docker', 'exec'], shell =>
    rejects(shell.run(sh`:`), /^ConnectError: here: it could not be reached .*ENOENT/),
  ))

test(
  'a refused connection is tried again, three times',
  inFolder(async folder => {
    const away = (times: number): readonly string[] => [
      'sh',
      '-c',
      `echo try >>${folder}/tries; [ "$(wc -l <${folder}/tries)" -gt ${times} ] && exec "$@"
echo "kex_exchange_identification: Connection closed by remote host" >&2; exit 255`,
      'sh',
    ]
    await withShell(away(2), async shell => strictEqual((await shell.run(sh`echo in`)).stdout, 'in\n'))
    writeFileSync(`${folder}/tries`, '')
    await withShell(away(9), shell =>
      rejects(shell.run(sh`:`), /here: it could not be reached \(kex_exchange_identification: Connection closed/),
    )
    strictEqual(readFileSync(`${folder}/tries`, 'utf8'), 'try\n'.repeat(4))
  }),
)

test('a command that fails at once makes the host unreachable, with the message of the command', () =>
  withShell(['sh', '-c', 'echo "no such container: web" >&2; exit 125'], shell =>
    rejects(shell.run(sh`:`), /^ConnectError: here: it could not be reached \(no such container: web\)/),
  ))

test('the error for a login that ends at once has its output, or says that there was none', async () => {
  await withShell(['sh', '-c', 'echo "This account is currently not available."; exit 1'], shell =>
    rejects(shell.run(sh`:`), { message: 'here: it could not be reached (This account is currently not available.)' }),
  )
  await withShell(['sh', '-c', 'exit 0'], shell =>
    rejects(shell.run(sh`:`), {
      message: 'here: it could not be reached',
      hint: 'its shell ended at once without a message: does a login script there exit, such as .bashrc?',
    }),
  )
})

test('the last output of a host is not shown when the connection is lost, because it may be secret', () =>
  withShell(['env'], shell =>
    rejects(shell.run(sh`echo hunter2; kill -9 $$`), { message: 'here: the connection was lost' }),
  ))

test('haq disconnects from a host that never answers, and leaves no process behind', () =>
  inFolder(folder =>
    withShell(
      // Two processes: if only the first one were ended, the second one would keep the streams open.
      ['sh', '-c', 'sleep 600 & echo $! >"$0"; wait', `${folder}/pid`],
      async shell => {
        await rejects(shell.run(sh`:`), /^ConnectError: here: no answer in 0.3 s/)
        await shell.close()
        const { stdout } = await withShell(['env'], local =>
          local.run(
            sh`pid=$(cat ${`${folder}/pid`}); while kill -0 "$pid" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$pid/status"; do :; done; echo gone`,
          ),
        )
        strictEqual(stdout, 'gone\n')
      },
      { up: 0.3, end: 0.1 },
    ),
  )())

test('a shell counts as lost when it has ended, although a background process keeps its streams open', () =>
  inFolder(folder =>
    withShell(
      ['env'],
      async shell => {
        await rejects(
          shell.run(sh`setsid sleep 600 & echo $! >${`${folder}/pid`}; kill -9 $$`),
          /^ConnectError: here: the connection was lost/,
        )
        await withShell(['env'], local => local.run(sh`kill "$(cat ${`${folder}/pid`})"`))
      },
      { up: 30, end: 0.1 },
    ),
  )())

test('closing ends the shell and rejects waiting scripts; closing twice does no harm', async () => {
  const shell = new HostShell('here', { connection: 'local', address: 'here' }, { up: 30, end: 0.1 })
  const result = shell.run(sh`sleep 600`)
  const heard = rejects(result, /the connection is closed/)
  await shell.close()
  await shell.close()
  await heard
  await rejects(shell.run(sh`:`), /the connection is closed/)
})

test('the error of an unreachable host has a fitting hint', async () => {
  const error = await withShell(['sh', '-c', 'echo "ssh: Could not resolve hostname web: x" >&2; exit 255'], shell =>
    shell.run(sh`:`).catch((reason: unknown) => reason),
  )
  ok(error instanceof ConnectError)
  match(error.message, /its name has no address/)
  strictEqual(error.hint, 'set its address in the inventory')
})

test.run()
