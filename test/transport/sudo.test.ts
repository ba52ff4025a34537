import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import { Secret } from '../../src/core/secret.ts'
import { sh } from '../../src/core/shell.ts'
import { HostShell } from '../../src/transport/host-shell.ts'
import { inFolder } from '../temp.ts'

/** Behaves like sudo(8): its prompt goes to standard error, and it reads the password from standard input. */
const fakeSudo = `#!/bin/sh
here=$(dirname "$0")
printf '%s\\n' "$*" >>"$here/argv"
while [ $# -gt 0 ]; do
  case $1 in
    -n) asks=never ;;
    -p) shift; prompt=$1 ;;
    --) shift; break ;;
  esac
  shift
done
case $(cat "$here/mode") in
  trusted) ;;
  refuses) echo 'Sorry, user ops may not run sudo on web.' >&2; exit 1 ;;
  asks)
    [ "$asks" = never ] && { echo 'sudo: a password is required' >&2; exit 1; }
    echo 'We trust you have received the usual lecture.' >&2
    while :; do
      printf %s "$prompt" >&2
      IFS= read -r given || { echo 'sudo: no password was provided' >&2; exit 1; }
      [ "$given" = "$(cat "$here/right")" ] && break
      echo 'Sorry, try again.' >&2
    done ;;
esac
: >"$here/used"
exec "$@"
`

interface Sudo {
  readonly folder: string
  readonly shell: HostShell
  /** If a shell ran the password as a command, a file would appear. */
  readonly passwordRan: () => boolean
  readonly argv: () => Promise<string>
}

function withSudo(
  mode: 'trusted' | 'refuses' | 'asks',
  password: 'right' | 'wrong' | undefined,
  use: (sudo: Sudo) => Promise<void>,
): () => Promise<void> {
  return inFolder(async folder => {
    const right = `touch ${folder}/ran; exit 3`
    await Promise.all([
      writeFile(join(folder, 'sudo'), fakeSudo, { mode: 0o755 }),
      writeFile(join(folder, 'mode'), mode),
      writeFile(join(folder, 'right'), right),
    ])
    const becomePassword = password && new Secret(password === 'right' ? right : `touch ${folder}/ran`)
    const exec = ['env', `PATH=${folder}:${process.env['PATH']}`]
    const shell = new HostShell(
      'web',
      { connection: 'exec', address: 'web', exec, become: true, becomePassword },
      { up: 30, end: 0.1 },
    )
    try {
      await use({
        folder,
        shell,
        passwordRan: () => existsSync(join(folder, 'ran')),
        argv: () => readFile(join(folder, 'argv'), 'utf8'),
      })
    } finally {
      await shell.close()
    }
  })
}

const works = async ({ shell, passwordRan, argv, folder }: Sudo): Promise<void> => {
  const [first, second] = await Promise.all([shell.run(sh`echo out`), shell.run(sh`echo err >&2; cat`)])
  deepStrictEqual(first, { status: 0, stdout: 'out\n', stderr: '' })
  ok(existsSync(join(folder, 'used')))
  deepStrictEqual(second, { status: 0, stdout: '', stderr: 'err\n' })
  strictEqual(shell.roundTrips, 1)
  ok(!passwordRan(), 'the password was run as a command')
  ok(!(await argv()).includes('touch'), `the password stands in an argv`)
  ok(!(await shell.run(sh`env; set`)).stdout.includes(`touch ${folder}`), 'the password stands in the environment')
}

test('sudo gets the password that it asks for, and nothing else gets it', withSudo('asks', 'right', works))
test('the password is not sent when sudo does not ask for it', withSudo('trusted', 'right', works))
test(
  'a mark in the arguments of sudo does not end an answer',
  withSudo('asks', 'right', async ({ shell, argv }) => {
    strictEqual((await shell.run(sh`echo up`)).stdout, 'up\n')
    const marks = (await argv()).match(/haq-[0-9a-f]{32}/g) ?? []
    ok(marks.length > 1)
    const forged = marks.map(mark => `\n${mark} 0\n`).join('')
    deepStrictEqual(await shell.run(sh`printf %s ${forged}; exit 3`), { status: 3, stdout: forged, stderr: '' })
  }),
)
test('no password is needed when sudo does not ask for one', withSudo('trusted', undefined, works))

for (const [name, mode, password, message] of [
  ['a wrong password is said once, not tried again', 'asks', 'wrong', 'web: sudo does not take that password'],
  [
    'an error says that sudo needs a password',
    'asks',
    undefined,
    'web: sudo there wants a password (sudo: a password is required)',
  ],
  [
    'an error says that sudo refuses the user',
    'refuses',
    'right',
    'web: the user may not use sudo there (Sorry, user ops may not run sudo on web.)',
  ],
] as const)
  test(
    name,
    withSudo(mode, password, async ({ shell, passwordRan }) => {
      await rejects(shell.run(sh`echo up`), { name: 'ConnectError', message })
      ok(!passwordRan(), 'the password was run as a command')
    }),
  )

test.run()
