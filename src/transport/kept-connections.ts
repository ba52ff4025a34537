import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Reach } from './reach.ts'

/** The name under which a connection's socket is told apart from all others, for ssh's configuration. */
const idVariable = 'HAQ_SSH_ID'

/** The longest folder whose sockets still have names that the system takes: 108 bytes, with ssh's own 65 at the end. */
const longestFolder = 40

/** ssh's own configuration, the user's before the system's. */
export const usualConfiguration = ['~/.ssh/config', '/etc/ssh/ssh_config']

/**
 * Writes a configuration with which ssh keeps its connections open for the next run. It reads the given files first, and
 * what they say wins: whoever has connections of their own (`ControlPath`), as with a second factor, goes on using them.
 * @param folder private to the user
 * @param seconds how long a connection is kept that nobody uses
 * @returns the file; `undefined` where the folder's name is too long for a socket's
 * @see ssh_config(5), ControlMaster, ControlPersist, Include
 */
export function keepingConfiguration(folder: string, seconds: number, includes: readonly string[]): string | undefined {
  if (Buffer.byteLength(folder) > longestFolder) return undefined
  const text = `${includes.map(path => `Include "${path}"\n`).join('')}Host *
  ControlMaster auto
  ControlPath "${folder}/\${${idVariable}}%C"
  ControlPersist ${seconds}
`
  const path = join(folder, `config-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`)
  // Its name says what it holds, and it is there as a whole or not at all.
  if (existsSync(path)) return path
  const beside = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(beside, text, { mode: 0o600, flag: 'wx' })
  renameSync(beside, path)
  return path
}

/**
 * The environment for a host's ssh. ssh tells hosts apart by their final name, and behind two gateways two hosts may have
 * the same one; the inventory's own words for the host keep them apart.
 * @param attempt another number is another connection
 */
export function keepingEnvironment(
  { keep, sshArgv, address, user, port }: Reach,
  attempt: number,
): Readonly<Record<string, string>> {
  if (keep === undefined) return {}
  const words = JSON.stringify([keep, sshArgv, address, user, port, attempt])
  return { [idVariable]: createHash('sha256').update(words).digest('hex').slice(0, 8) }
}

/** Whether an earlier run has left a connection to the host. */
export function isKept(reach: Reach): boolean {
  if (reach.keep === undefined) return false
  const { [idVariable]: id = '' } = keepingEnvironment(reach, 0)
  return readdirSync(dirname(reach.keep)).some(name => name.startsWith(id))
}
