import { ConnectError } from '../core/errors.ts'
import type { Reach } from './reach.ts'

const causes: readonly (readonly [pattern: RegExp, message: string, hint: (reach: Reach) => string])[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    'its host key has changed',
    ({ address }) => `if the host was reinstalled, remove the old key with: ssh-keygen -R ${address}`,
  ],
  [
    /Host key verification failed/,
    'its host key is not known',
    ({ address }) => `connect once with: ssh ${address}, and compare the fingerprint`,
  ],
  [
    /Permission denied \(/,
    'it refused to log in',
    ({ address, user }) => `try: ssh ${user ? `${user}@` : ''}${address}; set the user with -u or in the inventory`,
  ],
  [/Could not resolve hostname/, 'its name has no address', () => 'set its address in the inventory'],
  [/Connection refused/, 'nothing listens on its ssh port', () => 'is sshd running there, and is the port right?'],
  [
    /timed out|No route to host|Network is unreachable/,
    'it does not answer',
    () => 'is it up, and is the address right?',
  ],
  [
    /sudo: a password is required|sudo: a terminal is required/,
    'sudo there wants a password',
    () => 'give it with -K, or allow sudo without one',
  ],
  [/is not in the sudoers|may not run sudo/, 'the user may not use sudo there', () => 'log in as root with -u root'],
  [/sudo: (command )?not found|sudo: not found/, 'it has no sudo', () => 'log in as root, without -b'],
]

/** Turns the messages of ssh or sudo about a failed connection into one sentence and a hint. */
export function connectError(host: string, reach: Reach, said: string, wasUp: boolean): ConnectError {
  const known = causes.find(([pattern]) => pattern.test(said))
  const words = said.trim().split('\n').at(-1)?.trim() ?? ''
  if (known)
    return new ConnectError(`${host}: ${known[1]}${words ? ` (${words})` : ''}`, { host, hint: known[2](reach) })
  const what = wasUp ? 'the connection was lost' : 'it could not be reached'
  const hint = wasUp
    ? 'a step may still run on the host; the next run waits for its end and then continues'
    : words === ''
      ? 'its shell ended at once without a message: does a login script there exit, such as .bashrc?'
      : undefined
  return new ConnectError(`${host}: ${what}${words ? ` (${words})` : ''}`, { host, hint })
}
