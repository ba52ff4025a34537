import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { exists } from './cached.ts'
import { labPaths, type LabPaths } from './paths.ts'
import { run } from './run.ts'
import { replaceFile, type LabState } from './state.ts'

/**
 * Makes a key pair if it does not exist.
 * @see ssh-keygen(1)
 */
export async function ensureKey(path: string, comment: string): Promise<void> {
  if (await exists(`${path}.pub`)) return
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  // made under another name and renamed, the public key last: so an existing pair is complete
  const fresh = `${path}.new`
  await run('rm', ['-f', fresh, `${fresh}.pub`], { doing: 'making a key' })
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', fresh], { doing: 'making a key' })
  await run('mv', [fresh, path], { doing: 'making a key' })
  await run('mv', [`${fresh}.pub`, `${path}.pub`], { doing: 'making a key' })
}

/** Writes the lab's known hosts and its ssh configuration. The host keys must exist. */
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
