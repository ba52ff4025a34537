import { strictEqual } from 'node:assert'
import { test } from 'uvu'
import { connectError } from '../../src/transport/connect-error.ts'
import type { Reach } from '../../src/transport/reach.ts'

const reach: Reach = { connection: 'ssh', address: '192.0.2.7', user: 'ops' }

/** Real messages of OpenSSH, sudo and shells, and haq's messages for them. */
const table: readonly { said: string; message: string; hint?: string; up?: true }[] = [
  {
    said: `@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Host key for 192.0.2.7 has changed and you have requested strict checking.
Host key verification failed.\r\n`,
    message: 'web: its host key has changed (Host key verification failed.)',
    hint: 'if the host was reinstalled, remove the old key with: ssh-keygen -R 192.0.2.7',
  },
  {
    said: 'No ED25519 host key is known for 192.0.2.7 and you have requested strict checking.\r\nHost key verification failed.\r\n',
    message: 'web: its host key is not known (Host key verification failed.)',
    hint: 'connect once with: ssh 192.0.2.7, and compare the fingerprint',
  },
  {
    said: 'ops@192.0.2.7: Permission denied (publickey,password).\r\n',
    message: 'web: it refused to log in (ops@192.0.2.7: Permission denied (publickey,password).)',
    hint: 'try: ssh ops@192.0.2.7; set the user with -u or in the inventory',
  },
  {
    said: 'ssh: Could not resolve hostname web.example: Name or service not known\r\n',
    message: 'web: its name has no address (ssh: Could not resolve hostname web.example: Name or service not known)',
    hint: 'set its address in the inventory',
  },
  {
    said: 'ssh: connect to host 192.0.2.7 port 22: Connection refused\r\n',
    message: 'web: nothing listens on its ssh port (ssh: connect to host 192.0.2.7 port 22: Connection refused)',
    hint: 'is sshd running there, and is the port right?',
  },
  ...['Connection timed out', 'No route to host', 'Network is unreachable'].map(why => ({
    said: `ssh: connect to host 192.0.2.7 port 22: ${why}\r\n`,
    message: `web: it does not answer (ssh: connect to host 192.0.2.7 port 22: ${why})`,
    hint: 'is it up, and is the address right?',
  })),
  {
    said: 'Timeout, server 192.0.2.7 not responding.\r\n',
    message: 'web: the connection was lost (Timeout, server 192.0.2.7 not responding.)',
    hint: 'a step may still run on the host; the next run waits for its end and then continues',
    up: true,
  },
  {
    said: 'client_loop: send disconnect: Broken pipe\r\n',
    message: 'web: the connection was lost (client_loop: send disconnect: Broken pipe)',
    hint: 'a step may still run on the host; the next run waits for its end and then continues',
    up: true,
  },
  {
    said: 'sudo: a password is required\n',
    message: 'web: sudo there wants a password (sudo: a password is required)',
    hint: 'give it with -K, or allow sudo without one',
  },
  {
    said: 'ops is not in the sudoers file.  This incident will be reported.\n',
    message: 'web: the user may not use sudo there (ops is not in the sudoers file.  This incident will be reported.)',
    hint: 'log in as root with -u root',
  },
  {
    said: 'Sorry, user ops may not run sudo on web.\n',
    message: 'web: the user may not use sudo there (Sorry, user ops may not run sudo on web.)',
    hint: 'log in as root with -u root',
  },
  {
    said: 'bash: line 1: sudo: command not found\n',
    message: 'web: it has no sudo (bash: line 1: sudo: command not found)',
    hint: 'log in as root, without -b',
  },
  {
    said: 'sh: 1: sudo: not found\n',
    message: 'web: it has no sudo (sh: 1: sudo: not found)',
    hint: 'log in as root, without -b',
  },
  {
    said: '',
    message: 'web: it could not be reached',
    hint: 'its shell ended at once without a message: does a login script there exit, such as .bashrc?',
  },
  { said: 'something new\nand its end\n', message: 'web: it could not be reached (and its end)' },
]

for (const { said, message, hint, up = false } of table)
  test(`explains the message of ssh: ${JSON.stringify(said.trim().split('\n').at(-1))}`, () => {
    const error = connectError('web', reach, said, up)
    strictEqual(error.message, message)
    strictEqual(error.hint, hint)
    strictEqual(error.host, 'web')
    strictEqual(error.code, 'CONNECT')
  })

test('without a user the hint names no user', () => {
  const { hint } = connectError(
    'web',
    { connection: 'ssh', address: 'web' },
    'x: Permission denied (publickey).',
    false,
  )
  strictEqual(hint, 'try: ssh web; set the user with -u or in the inventory')
})

test.run()
