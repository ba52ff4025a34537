import { access, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LabError } from '../core/errors.ts'
import { labNames, labPaths, type LabPaths } from './paths.ts'
import { run } from './run.ts'
import { replaceFile, type LabState } from './state.ts'
import { CLIENT, LAB_USER, type LabStatus } from './types.ts'

/**
 * Makes a key pair when it isn't there.
 * @see ssh-keygen(1)
 */
export async function ensureKey(path: string, comment: string): Promise<void> {
  const isThere = await access(`${path}.pub`).then(
    () => true,
    () => false,
  )
  if (isThere) return
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  // made beside and renamed, public half last: a pair that is there is whole
  const fresh = `${path}.new`
  await run('rm', ['-f', fresh, `${fresh}.pub`], { doing: 'making a key' })
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', fresh], { doing: 'making a key' })
  await run('mv', [fresh, path], { doing: 'making a key' })
  await run('mv', [`${fresh}.pub`, `${path}.pub`], { doing: 'making a key' })
}

/** Writes the lab's known hosts and its ssh configuration; host keys must be there. */
export async function writeSshFiles(state: LabState): Promise<void> {
  const paths = labPaths(state.spec.id)
  const known = await Promise.all(
    state.spec.hosts.map(async ({ name, address }) => {
      const [type, key] = (await readFile(`${paths.host(name).hostKey}.pub`, 'utf8')).split(' ')
      return `${name},${address} ${type} ${key}\n`
    }),
  )
  await replaceFile(paths.knownHosts, known.join(''))
  await replaceFile(paths.sshConfig, sshConfig(state, paths))
}

function sshConfig(state: LabState, paths: LabPaths): string {
  const hosts = state.spec.hosts.map(
    ({ name, address }) => `Host ${name} ${address}\n  HostName ${address}\n  HostKeyAlias ${name}\n`,
  )
  return `${hosts.join('\n')}
Host *
  User root
  IdentityFile "${paths.sshKey}"
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile "${paths.knownHosts}"
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  BatchMode yes
  ConnectTimeout 10
  ServerAliveInterval 5
  ServerAliveCountMax 3
`
}

/** Argv of ssh to a host from the lab's control side, to be followed by the command's words. */
export function sshArgv(
  id: string,
  host: string,
  user?: string,
  configuration: string = labPaths(id).sshConfig,
): readonly string[] {
  const login = user === undefined ? [] : ['-l', user]
  const namespace = `--net=/run/netns/${labNames(id).namespace}`
  return ['nsenter', namespace, 'ssh', '-F', configuration, ...login, host]
}

/**
 * Argv that reaches a host by ssh, to be followed by the remote command's words: host keys are checked, the lab's own key
 * logs in as `root` or as `op`.
 * @param configuration one that includes the lab's own
 * @throws {LabError} the lab has no such host.
 */
export function labSshArgv(status: LabStatus, host: string, user?: string, configuration?: string): readonly string[] {
  if (host === CLIENT) throw new LabError('the client runs no sshd', { hint: `haq lab exec ${CLIENT} -- COMMAND` })
  requireHost(status, host)
  if (user !== undefined && user !== 'root' && user !== LAB_USER) {
    throw new LabError(`lab hosts have the users root and ${LAB_USER}, not ${user}`)
  }
  return sshArgv(status.id, host, user, configuration)
}

/** The lab's own ssh configuration. */
export function labSshConfiguration({ id }: LabStatus): string {
  return labPaths(id).sshConfig
}

/** The status of a host, by name. */
export function requireHost(status: LabStatus, host: string) {
  const found = status.hosts.find(({ name }) => name === host)
  if (found !== undefined) return found
  const names = status.hosts.map(({ name }) => name).join(', ')
  throw new LabError(`the lab has no host ${host}`, { hint: `it has ${names} and ${CLIENT}`, host })
}
