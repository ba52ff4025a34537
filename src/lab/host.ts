import { randomBytes } from 'node:crypto'
import { chmod, chown, copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { LabError } from '../core/errors.ts'
import { exists } from './cached.ts'
import { launch } from './launcher.ts'
import { machineOf } from './machine/index.ts'
import { mountOverlay, mountPoints, unmountBelow } from './mounts.ts'
import { labPaths, type HostPaths } from './paths.ts'
import { endGroup, groupRoots, hostGroup, until } from './processes.ts'
import { lastLines, run, SEARCH_PATH } from './run.ts'
import { sshArgv } from './reach.ts'
import { shortName } from './spec.ts'
import { ensureKey } from './ssh.ts'
import type { LabState } from './state.ts'
import { LAB_USER, type LabHost, type LabSpec, type Progress } from './types.ts'

/** The output of `systemctl is-system-running` when a boot is over. */
const BOOTED = ['running', 'degraded']

/** Makes the host's root file system with name, keys and users. An existing one keeps the changes of playbooks. */
export async function prepareHost(state: LabState, host: LabHost): Promise<void> {
  const paths = labPaths(state.spec.id).host(host.name)
  const isPrepared = await exists(paths.prepared)
  if (!isPrepared) await clear(paths)
  await mountRoot(state.layers, paths)
  if (isPrepared) return
  await ensureKey(paths.hostKey, host.name)
  await machineOf(state.spec.kernel).prepare(paths)
  await fill(paths, host, await readFile(`${labPaths(state.spec.id).sshKey}.pub`, 'utf8'))
  await writeFile(paths.prepared, '', { mode: 0o600 })
}

async function clear(paths: HostPaths): Promise<void> {
  await unmountBelow(paths.folder)
  await run('rm', ['-rf', '--one-file-system', paths.upper, paths.work, paths.disk], {
    doing: 'clearing a half-made host',
  })
}

async function mountRoot(layers: readonly string[], paths: HostPaths): Promise<void> {
  if ((await mountPoints()).some(({ path }) => path === paths.root)) return
  for (const layer of layers) {
    if (await exists(layer)) continue
    throw new LabError(`the image that the lab was made from is gone: ${layer}`, {
      hint: 'haq lab down, then up again',
    })
  }
  await mkdir(paths.folder, { recursive: true, mode: 0o700 })
  for (const folder of [paths.upper, paths.work, paths.root]) {
    await mkdir(folder, { recursive: true })
    // the upper folder's mode becomes the mode of the host's /, so it must not depend on the umask
    await chmod(folder, 0o755)
  }
  await mountOverlay(layers, paths)
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

/** The file of Debian's installer, with the line that maps the host's own name to a loopback address. */
const hostsFile = (names: string): string => `127.0.0.1\tlocalhost
127.0.1.1\t${names}

# The following lines are desirable for IPv6 capable hosts
::1     localhost ip6-localhost ip6-loopback
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
`

/** The machine's number of the host's main process; `undefined` when the host isn't running. */
export async function hostPid({ id, kernel }: LabSpec, name: string): Promise<number | undefined> {
  const [unified] = await groupRoots()
  return machineOf(kernel).pidOf(hostGroup(unified, id, name), labPaths(id).host(name))
}

/** Ends a host at once, like a power failure. */
export async function cutPower({ id }: Pick<LabSpec, 'id'>, name: string): Promise<void> {
  const [unified] = await groupRoots()
  await endGroup(hostGroup(unified, id, name))
}

/** When a host counts as up: after the first ssh login (`reached`), or after the whole boot (`booted`). */
export type Readiness = 'reached' | 'booted'

/**
 * Boots a host that isn't running, and waits until it is up.
 * @throws {LabError} with the end of the console's log.
 */
export async function bootHost(state: LabState, host: LabHost, wanted: Readiness, progress: Progress): Promise<void> {
  const { spec } = state
  const isGone = async () => (await hostPid(spec, host.name)) === undefined
  // the host may be rebooting or going down: then wait for it
  if (!(await isGone()) && (await waitForBoot(spec, host, wanted, isGone)) !== undefined) return
  await cutPower(spec, host.name)
  progress(`booting ${host.name} (${host.address})`)
  const started = performance.now()
  const launched = await launch(state, host)
  const answer = await waitForBoot(spec, host, wanted, () => Promise.resolve(launched.hasEnded()))
  if (answer === undefined) throw await bootError(spec.id, host, 'stopped while it booted')
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  progress(`${host.name} answers by ssh after ${seconds} s; systemd says ${answer}`)
}

/** systemd's state when the host is up; `undefined` when the host ended instead. */
async function waitForBoot(
  { id, kernel }: LabSpec,
  host: LabHost,
  wanted: Readiness,
  hasEnded: () => Promise<boolean>,
): Promise<string | undefined> {
  const { bootDeadline } = machineOf(kernel)
  const isUp = (said: string): boolean => (wanted === 'booted' ? BOOTED.includes(said) : said !== '')
  let answer = ''
  const settled = await until(async () => {
    answer = await askSystemd(id, host.name, wanted)
    return isUp(answer) || (await hasEnded())
  }, bootDeadline)
  if (!settled) throw await bootError(id, host, `does not answer by ssh within ${bootDeadline / 1000} s`)
  return isUp(answer) ? answer : undefined
}

async function bootError(id: string, { name }: LabHost, what: string): Promise<LabError> {
  const log = await readFile(labPaths(id).host(name).consoleLog, 'utf8').catch(() => '')
  return new LabError(`${name} ${what}; its console says:\n${lastLines(log)}`, { host: name })
}

/** systemd's state of the host, after the boot if `wanted` is `booted`; empty while the host does not answer. */
async function askSystemd(id: string, host: string, wanted: Readiness): Promise<string> {
  const [program = '', ...words] = sshArgv(id, host)
  const ask = [...words, `systemctl is-system-running ${wanted === 'booted' ? '--wait' : ''} || :`]
  const { stdout } = await execa(program, ask, {
    env: { PATH: SEARCH_PATH },
    stdin: 'ignore',
    reject: false,
    timeout: 30_000,
  })
  return stdout.trim()
}
