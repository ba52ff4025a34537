import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execaSync } from 'execa'
import { test } from 'uvu'
import { Secret } from '../../src/core/secret.ts'
import { shellArgv, type Reach } from '../../src/transport/reach.ts'
import { inFolder } from '../temp.ts'

const marks = { up: 'MARK-up', prompt: 'MARK-password' }
const password = new Secret('hunter2')
const options = [
  '-T',
  ...['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10'],
  ...['-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=3'],
  ...[
    '-o',
    'RemoteCommand=none',
    '-o',
    'SessionType=default',
    '-o',
    'StdinNull=no',
    '-o',
    'ForkAfterAuthentication=no',
  ],
  ...['-o', 'PermitLocalCommand=no', '-o', 'ClearAllForwardings=yes', '-o', 'LogLevel=INFO'],
]
const own = [
  'env',
  '-i',
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'LC_ALL=C',
  'HAQ_SHELL=1',
  'sh',
]
const asked = ['sudo', '-S', '-p', 'MARK-password', '--', ...own, '-c', 'echo MARK-up; exec sh']

const table: readonly { name: string; reach: Partial<Reach>; argv: readonly string[] }[] = [
  { name: 'local', reach: { connection: 'local' }, argv: own },
  { name: 'local as root', reach: { connection: 'local', become: true }, argv: ['sudo', '-n', '--', ...own] },
  {
    name: 'local as root with a password',
    reach: { connection: 'local', become: true, becomePassword: password },
    argv: asked,
  },
  {
    name: 'a password that nobody needs',
    reach: { connection: 'local', becomePassword: password },
    argv: own,
  },
  {
    name: 'a container',
    reach: { connection: 'exec', exec: ['docker', 'exec', '-i', 'web'] },
    argv: ['docker', 'exec', '-i', 'web', ...own],
  },
  {
    name: 'a container, as root with a password',
    reach: { connection: 'exec', exec: ['docker', 'exec', '-i', 'web'], become: true, becomePassword: password },
    argv: ['docker', 'exec', '-i', 'web', ...asked],
  },
  { name: 'ssh', reach: {}, argv: ['ssh', ...options, '--', 'web', own.join(' ')] },
  {
    name: 'ssh with user and port',
    reach: { user: 'ops', port: 2222 },
    argv: ['ssh', ...options, '-l', 'ops', '-p', '2222', '--', 'web', own.join(' ')],
  },
  {
    name: 'an address that looks like an option',
    reach: { address: '-oProxyCommand=x' },
    argv: ['ssh', ...options, '--', '-oProxyCommand=x', own.join(' ')],
  },
  {
    name: 'ssh as root',
    reach: { become: true },
    argv: ['ssh', ...options, '--', 'web', `sudo -n -- ${own.join(' ')}`],
  },
  {
    name: 'ssh as root with a password: one word for the login shell',
    reach: { become: true, becomePassword: password },
    argv: ['ssh', ...options, '--', 'web', `sudo -S -p MARK-password -- ${own.join(' ')} -c 'echo MARK-up; exec sh'`],
  },
  {
    name: 'words of its own instead of ssh',
    reach: { sshArgv: ['ssh', '-F', 'lab', 'web'], user: 'ops', port: 1 },
    argv: ['ssh', '-F', 'lab', 'web', own.join(' ')],
  },
]

for (const { name, reach, argv } of table)
  test(`the command line for ${name}`, () => {
    const words = shellArgv({ connection: 'ssh', address: 'web', ...reach }, marks)
    deepStrictEqual(words, argv)
    ok(!words.join(' ').includes(password.reveal()), 'a password stands in an argv')
    ok(!/StrictHostKeyChecking|UserKnownHostsFile/.test(words.join(' ')), 'host keys must be checked')
  })

/** A configuration for logins by hand that would break every program that uses ssh. */
const byHand = `Host *
  RemoteCommand tmux new -A
  RequestTTY force
  SessionType none
  StdinNull yes
  ForkAfterAuthentication yes
  PermitLocalCommand yes
  LocalCommand echo hello
  LocalForward 8080 127.0.0.1:80
  RemoteForward 8081 127.0.0.1:80
  DynamicForward 1080
  ExitOnForwardFailure yes
  LogLevel QUIET
  BatchMode no
  ControlMaster ask
`

const ssh = execaSync('ssh', ['-V'], { reject: false }).exitCode === 0 ? test : test.skip
ssh(
  "what a user's configuration has for logins by hand does not reach haq's ssh",
  inFolder(async folder => {
    const config = join(folder, 'config')
    await writeFile(config, byHand)
    const [program = '', ...words] = shellArgv({ connection: 'ssh', address: 'web', keep: config }, marks)
    const { stdout } = execaSync(program, ['-G', ...words])
    const settled = new Map(stdout.split('\n').map(line => line.split(/ (.*)/, 2) as [string, string]))
    for (const [name, value] of Object.entries({
      requesttty: 'false',
      sessiontype: 'default',
      stdinnull: 'no',
      forkafterauthentication: 'no',
      permitlocalcommand: 'no',
      clearallforwardings: 'yes',
      loglevel: 'INFO',
      batchmode: 'yes',
    }))
      strictEqual(settled.get(name), value, name)
    for (const name of ['localforward', 'remoteforward', 'dynamicforward'])
      strictEqual(settled.get(name), undefined, name)
    ok([undefined, 'none'].includes(settled.get('remotecommand')), settled.get('remotecommand'))
  }),
)

test.run()
