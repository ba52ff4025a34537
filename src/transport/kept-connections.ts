import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Reach } from './reach.ts'

/** The environment variable with the host's id, which ssh's configuration uses in the name of the socket. */
const idVariable = 'HAQ_SSH_ID'

/** The longest path of the folder for sockets: a socket's path may have 108 bytes, and ssh needs 65 of them. */
const longestFolder = 40

/** ssh's default configuration files, first the user's, then the system's. */
export const usualConfiguration = ['~/.ssh/config', '/etc/ssh/ssh_config']

/**
 * Writes a configuration with which ssh keeps connections open for the next run. The given files are included first,
 * and their settings win: users with their own `ControlPath`, for example because of a second factor, keep using it.
 * @param folder private to the user
 * @param seconds how long an unused connection is kept
 * @returns the file; `undefined` when the folder's path is too long for a socket
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
  // The name depends on the content, and the file is written atomically, so an existing file is right.
  if (existsSync(path)) return path
  const beside = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(beside, text, { mode: 0o600, flag: 'wx' })
  renameSync(beside, path)
  return path
}

/**
 * The environment for a host's ssh. ssh identifies hosts by their final name, but two hosts behind different gateways
 * may have the same name. So the socket's name also depends on the host's settings in the inventory.
 * @param attempt another number makes another connection
 */
export function keepingEnvironment(
  { keep, sshArgv, address, user, port }: Reach,
  attempt: number,
): Readonly<Record<string, string>> {
  if (keep === undefined) return {}
  const words = JSON.stringify([keep, sshArgv, address, user, port, attempt])
  return { [idVariable]: createHash('sha256').update(words).digest('hex').slice(0, 8) }
}

/** Whether an earlier run has kept a connection to the host. */
export function isKept(reach: Reach): boolean {
  if (reach.keep === undefined) return false
  const { [idVariable]: id = '' } = keepingEnvironment(reach, 0)
  return readdirSync(dirname(reach.keep)).some(name => name.startsWith(id))
}
