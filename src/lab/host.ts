import { randomBytes } from 'node:crypto'
import { access, chmod, chown, copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { LabError } from '../core/errors.ts'
import { launch, shortName } from './launcher.ts'
import { mountOverlay, mountPoints, unmountBelow } from './mounts.ts'
import { labPaths, type HostPaths } from './paths.ts'
import { endGroup, groupRoots, hostGroup, initOf, until } from './processes.ts'
import { lastLines, run, SEARCH_PATH } from './run.ts'
import { sshArgv } from './reach.ts'
import { ensureKey } from './ssh.ts'
import type { LabState } from './state.ts'
import { LAB_USER, type LabHost, type Progress } from './types.ts'

/** Milliseconds that a host may take to boot; it takes about one second. */
const BOOT_DEADLINE = 90_000

/** What `systemctl is-system-running` says when a boot is over. */
const BOOTED = ['running', 'degraded']

/** Gives the host its own root file system, complete with name, keys and users; what a playbook did to it stays. */
export async function prepareHost(state: LabState, host: LabHost): Promise<void> {
  const paths = labPaths(state.spec.id).host(host.name)
  const isPrepared = await access(paths.prepared).then(
    () => true,
    () => false,
  )
  if (!isPrepared) await clear(paths)
  await mountRoot(state.image, paths)
  if (isPrepared) return
  await ensureKey(paths.hostKey, host.name)
  await fill(paths, host, await readFile(`${labPaths(state.spec.id).sshKey}.pub`, 'utf8'))
  await writeFile(paths.prepared, '', { mode: 0o600 })
}

async function clear(paths: HostPaths): Promise<void> {
  await unmountBelow(paths.folder)
  await run('rm', ['-rf', '--one-file-system', paths.upper, paths.work], { doing: 'clearing a half-made host' })
}

async function mountRoot(image: string, paths: HostPaths): Promise<void> {
  if ((await mountPoints()).some(({ path }) => path === paths.root)) return
  await access(image).catch(() => {
    throw new LabError(`the image that the lab was made from is gone: ${image}`, {
      hint: 'haq lab down, then up again',
    })
  })
  await mkdir(paths.folder, { recursive: true, mode: 0o700 })
  for (const folder of [paths.upper, paths.work, paths.root]) {
    await mkdir(folder, { recursive: true })
    // the upper folder's mode is that of the host's own /, whatever the umask
    await chmod(folder, 0o755)
  }
  await mountOverlay(image, paths)
}

async function fill(paths: HostPaths, host: LabHost, authorizedKey: string): Promise<void> {
  const etc = join(paths.root, 'etc')
  const short = shortName(host.name)
  await put(join(etc, 'hostname'), `${short}\n`, 0o644)
  await put(join(etc, 'hosts'), hostsFile([...new Set([host.name, short])].join(' ')), 0o644)
  await put(join(etc, 'machine-id'), `${randomBytes(16).toString('hex')}\n`, 0o444)
  const key = join(etc, 'ssh', 'ssh_host_ed25519_key')
  await copyFile(paths.hostKey, key)
  await chmod(key, 0o600)
  await copyFile(`${paths.hostKey}.pub`, `${key}.pub`)
  await chmod(`${key}.pub`, 0o644)
  for (const home of ['root', join('home', LAB_USER)]) await authorize(join(paths.root, home), authorizedKey)
}

async function put(path: string, text: string, mode: number): Promise<void> {
  await writeFile(path, text)
  await chmod(path, mode)
}

async function authorize(home: string, key: string): Promise<void> {
  const { uid, gid } = await stat(home)
  const folder = join(home, '.ssh')
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o700)
  await put(join(folder, 'authorized_keys'), key, 0o600)
  await chown(folder, uid, gid)
  await chown(join(folder, 'authorized_keys'), uid, gid)
}

/** As Debian's installer leaves it, with the line that makes a node find itself on loopback. */
const hostsFile = (names: string): string => `127.0.0.1\tlocalhost
127.0.1.1\t${names}

# The following lines are desirable for IPv6 capable hosts
::1     localhost ip6-localhost ip6-loopback
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
`

/** The host's process 1, as the machine numbers it; `undefined` when the host isn't running. */
export async function hostPid(id: string, name: string): Promise<number | undefined> {
  const [unified] = await groupRoots()
  return initOf(hostGroup(unified, id, name))
}

/**
 * Boots a host that isn't running, and waits until it is up and its sshd lets the lab in.
 * @throws {LabError} with the end of the console's log.
 */
export async function bootHost(state: LabState, host: LabHost, progress: Progress): Promise<void> {
  const { id } = state.spec
  const [unified] = await groupRoots()
  const group = hostGroup(unified, id, host.name)
  const isGone = async () => (await initOf(group)) === undefined
  // one that is just rebooting, or going down, is waited for
  if (!(await isGone()) && (await waitForBoot(id, host, isGone)) !== undefined) return
  await endGroup(group)
  progress(`booting ${host.name} (${host.address})`)
  const started = performance.now()
  const launched = await launch(state, host)
  const answer = await waitForBoot(id, host, () => Promise.resolve(launched.hasEnded()))
  if (answer === undefined) throw await bootError(id, host, 'stopped while it booted')
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  progress(`${host.name} answers by ssh after ${seconds} s; systemd says ${answer}`)
}

/** What systemd says when the boot is over; `undefined` when the host ended instead. */
async function waitForBoot(id: string, host: LabHost, hasEnded: () => Promise<boolean>): Promise<string | undefined> {
  let answer = ''
  const settled = await until(async () => {
    answer = await askSystemd(id, host.name)
    return BOOTED.includes(answer) || (await hasEnded())
  }, BOOT_DEADLINE)
  if (!settled) throw await bootError(id, host, `does not answer by ssh within ${BOOT_DEADLINE / 1000} s`)
  return BOOTED.includes(answer) ? answer : undefined
}

async function bootError(id: string, { name }: LabHost, what: string): Promise<LabError> {
  const log = await readFile(labPaths(id).host(name).consoleLog, 'utf8').catch(() => '')
  return new LabError(`${name} ${what}; its console says:\n${lastLines(log)}`, { host: name })
}

/** What systemd says of the system, waiting for the end of the boot; empty while nothing answers. */
async function askSystemd(id: string, host: string): Promise<string> {
  const [program = '', ...words] = sshArgv(id, host)
  const ask = [...words, 'systemctl is-system-running --wait || :']
  const { stdout } = await execa(program, ask, {
    env: { PATH: SEARCH_PATH },
    stdin: 'ignore',
    reject: false,
    timeout: 30_000,
  })
  return stdout.trim()
}
