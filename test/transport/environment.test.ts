import { deepStrictEqual, match, rejects, strictEqual } from 'node:assert'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import { Secret } from '../../src/core/secret.ts'
import { sh } from '../../src/core/shell.ts'
import { packageState } from '../../modules/packages/state.ts'
import { HostShell } from '../../src/transport/host-shell.ts'
import type { Reach } from '../../src/transport/reach.ts'
import { systemdUnit } from '../../src/facts/systemd-unit.ts'
import { asNobody } from '../engine/site.ts'
import { factsIn, plant } from '../facts/any-machine.ts'
import { withShell } from '../shells.ts'
import { inFolder } from '../temp.ts'

const marker = 'a file that only a hostile environment runs'

/** Variables that change what shells and tools do or print, with their most harmful values. */
const hostile = (folder: string): Readonly<Record<string, Readonly<Record<string, string>>>> => ({
  POSIXLY_CORRECT: { POSIXLY_CORRECT: '1' },
  'SYSTEMD_*': { SYSTEMD_COLORS: '1', SYSTEMD_LOG_LEVEL: 'debug', SYSTEMD_PAGER: 'false', SYSTEMD_LESS: 'x' },
  LS_COLORS: { LS_COLORS: '*=01;31', CLICOLOR_FORCE: '1' },
  GREP_OPTIONS: { GREP_OPTIONS: '--color=always -v', GREP_COLORS: 'mt=01;31', GREP_COLOR: '1' },
  IFS: { IFS: '/.:0123456789' },
  CDPATH: { CDPATH: '/etc:/' },
  ENV: { ENV: join(folder, 'profile') },
  BASH_ENV: { BASH_ENV: join(folder, 'profile') },
  'SHELLOPTS: noexec': { SHELLOPTS: 'noexec' },
  'SHELLOPTS: noclobber, noglob': { SHELLOPTS: 'noclobber:noglob:nounset:errexit' },
  'SHELLOPTS: xtrace': { SHELLOPTS: 'xtrace:verbose', PS4: '$(touch "$HOME/profile-ran")' },
  BASHOPTS: { BASHOPTS: 'nocasematch:failglob' },
  'functions of bash': {
    'BASH_FUNC_cat%%': '() { echo forged; }',
    'BASH_FUNC_stat%%': '() { echo forged; }',
    'BASH_FUNC_printf%%': '() { echo forged; }',
  },
  LC_ALL: { LC_ALL: 'de_DE.UTF-8', LANG: 'de_DE.UTF-8', LANGUAGE: 'de' },
  'LC_* of a locale that is not there': { LC_MESSAGES: 'xx_XX', LC_CTYPE: 'xx_XX', LC_NUMERIC: 'xx_XX' },
  TZ: { TZ: 'Pacific/Kiritimati' },
  COLUMNS: { COLUMNS: '5', LINES: '2' },
  PAGER: { PAGER: 'false', LESS: '-x', MANPAGER: 'false' },
  'a TMPDIR that is not there': { TMPDIR: '/no/such/folder', TMP: '/no/such', TEMP: '/no/such' },
  'a TMPDIR that is nobody’s': { TMPDIR: '/proc' },
  'a PATH of other programs': { PATH: `${join(folder, 'programs')}:/usr/bin:/bin` },
  'a HOME of somebody else': { HOME: '/no/such/home', USER: 'somebody', LOGNAME: 'somebody' },
  'no HOME': { HOME: '' },
  AWKPATH: { AWKPATH: folder, AWKLIBPATH: folder, POSIX_ME_HARDER: '1' },
  BLOCK_SIZE: {
    BLOCK_SIZE: 'human-readable',
    BLOCKSIZE: '1',
    DF_BLOCK_SIZE: '1M',
    LS_BLOCK_SIZE: '1M',
    DU_BLOCK_SIZE: '1',
  },
  TIME_STYLE: { TIME_STYLE: '+%Y', QUOTING_STYLE: 'c' },
  'DPKG_*': { DPKG_ROOT: '/no/such', DPKG_ADMINDIR: '/no/such', DPKG_COLORS: 'always' },
  RES_OPTIONS: { RES_OPTIONS: 'timeout:30 attempts:9', LOCALDOMAIN: 'invalid', HOSTALIASES: join(folder, 'profile') },
  IFCONFIG: { COLORFGBG: ';0', IPROUTE2_COLOR: 'always', NO_COLOR: '0', FORCE_COLOR: '1' },
  TERM: { TERM: 'xterm-256color', COLORTERM: 'truecolor' },
  GETCONF_DIR: { GETCONF_DIR: '/no/such', LOCPATH: '/no/such', NLSPATH: '/no/such/%N' },
  'names of haq’s own': { haq_s: '7', haq_stop: '1', haq_own: '/no/such', name: 'x', path: 'x', size: '0', found: 'x' },
})

/** The state of a shell that decides how it runs a script, without variables that every process has. */
const ownEnvironment = sh`umask; set +o; printf '<%s>' "$IFS"; cd /; pwd; env | grep -v -e ^_= -e ^PWD= -e ^OLDPWD= | sort`

/** The answers of a shell that is started with more variables, and by a command that does something first. */
async function valuesUnder(
  folder: string,
  variables: Readonly<Record<string, string>>,
  first = '',
): Promise<Readonly<Record<string, unknown>>> {
  const assigned = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  const exec = ['sh', '-c', `${first}\nexec env "$@"`, 'sh', ...assigned]
  const facts = [...factsIn(folder), packageState('dpkg'), packageState('no-such'), systemdUnit('cron.service')]
  return withShell(exec, async shell => {
    const frames = await Promise.all(facts.map(({ key, script }) => shell.read({ key, script })))
    const own = await shell.run(sh`${ownEnvironment}
: >${join(folder, 'made')}; stat -c %a ${join(folder, 'made')}; echo again >${join(folder, 'made')}; mktemp -u | cut -c 1-9`)
    return { own, ...Object.fromEntries(facts.map(({ key }, i) => [key, frames[i]])) }
  })
}

/** Programs with false output, and a profile that reports when it is run. */
function plantHostile(folder: string): void {
  writeFileSync(join(folder, 'profile'), `: >${join(folder, marker)}\ncat() { echo forged; }\n`)
  const programs = join(folder, 'programs')
  mkdirSync(programs)
  for (const name of ['cat', 'stat', 'sh', 'id', 'uname', 'grep', 'sha256sum', 'getent']) {
    writeFileSync(join(programs, name), '#!/bin/sh\necho forged\n')
    chmodSync(join(programs, name), 0o755)
  }
}

async function inHostileFolder(use: (folder: string) => Promise<void>): Promise<void> {
  await inFolder(async folder => {
    plant(folder)
    plantHostile(folder)
    await use(folder)
  })()
}

for (const [name, variables] of Object.entries(hostile('')))
  test(`${name} of a login does not change any answer`, () =>
    inHostileFolder(async folder => {
      const { [name]: given = variables } = hostile(folder)
      deepStrictEqual(await valuesUnder(folder, given), await valuesUnder(folder, {}))
    }))

for (const [name, first] of Object.entries({
  'umask 077': 'umask 077',
  'umask 000': 'umask 000',
  'a folder that is gone': 'mkdir /tmp/haq-gone-$$; cd /tmp/haq-gone-$$; rmdir /tmp/haq-gone-$$',
  'all of them at once': 'umask 077; cd /',
}))
  test(`${name} of a login does not change any answer`, () =>
    inHostileFolder(async folder => {
      const given =
        name === 'all of them at once'
          ? Object.fromEntries(Object.values(hostile(folder)).flatMap(Object.entries<string>))
          : {}
      deepStrictEqual(await valuesUnder(folder, given, first), await valuesUnder(folder, {}))
    }))

/** Starts a shell as ssh does: its last word goes to a login shell, with the environment of a login. */
const fakeSsh = `#!/bin/sh
for word; do :; done
PATH=$(dirname "$0"):$PATH HOME=/ssh TMPDIR=/ssh SSH_CONNECTION='1 2 3 4' exec sh -c "umask 077; $word"
`

/** Runs the command after its options, with the variables that sudo sets. */
const fakeSudo = `#!/bin/sh
while [ "$1" != -- ]; do shift; done
shift
umask 027
HOME=/sudo SUDO_USER=ops SUDO_COMMAND=$1 exec "$@"
`

test(
  'the environment is the same for every kind of connection',
  inFolder(async folder => {
    for (const [name, text] of Object.entries({ ssh: fakeSsh, sudo: fakeSudo }))
      writeFileSync(join(folder, name), text, { mode: 0o755 })
    const ssh = { connection: 'ssh', sshArgv: [join(folder, 'ssh'), 'web'] } as const
    const exec = { connection: 'exec', exec: ['env', `PATH=${folder}:${process.env['PATH']}`, 'X=1'] } as const
    const becomePassword = new Secret('hunter2')
    const ways: readonly Omit<Reach, 'address'>[] = [
      { connection: 'local' },
      ...[ssh, exec].flatMap(way => [way, { ...way, become: true }, { ...way, become: true, becomePassword }]),
    ]
    const answers = await Promise.all(
      ways.map(async way => {
        const shell = new HostShell('web', { address: 'web', ...way }, { end: 0.1 })
        try {
          return (await shell.run(ownEnvironment)).stdout
        } finally {
          await shell.close()
        }
      }),
    )
    match(answers[0] ?? '', /^HOME=/m)
    deepStrictEqual(new Set(answers).size, 1, answers.join('\n'))
  }),
)

test("a shell knows its user from the host's user database", async () => {
  const { username, homedir } = userInfo()
  const script = sh`echo "$HOME $USER $LOGNAME"`
  await withShell(['env', 'HOME=/x', 'USER=x'], async shell =>
    strictEqual((await shell.run(script)).stdout, `${homedir} ${username} ${username}\n`),
  )
  if (asNobody.length === 0) return
  await withShell(asNobody, async shell =>
    strictEqual((await shell.run(script)).stdout, '/nonexistent nobody nobody\n'),
  )
  await withShell(['setpriv', '--reuid=12345', '--regid=12345', '--clear-groups'], async shell =>
    strictEqual((await shell.run(script)).stdout, '/ 12345 12345\n'),
  )
})

test('a shell that a login script started instead of haq’s is refused', () =>
  withShell(['sh', '-c', 'exec bash'], shell =>
    rejects(shell.run(sh`:`), {
      name: 'ConnectError',
      message:
        "here: it could not be reached (a login script on the host replaces haq's shell, for example with exec zsh in .bashrc)",
    }),
  ))

test('a login script that reads a line does not read haq’s first script', () =>
  withShell(['sh', '-c', 'read -r line; exec "$@"', 'sh'], async shell =>
    strictEqual((await shell.run(sh`umask; echo "$LOGNAME"`)).stdout, `0022\n${userInfo().username}\n`),
  ))

test.run()
