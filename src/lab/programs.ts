import { constants } from 'node:fs'
import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { LabError } from '../core/errors.ts'
import { run, SEARCH_PATH } from './run.ts'
import type { LabKernel, LabSuite, Progress } from './types.ts'

/** The Debian packages that the lab needs on the machine, and programs of each that must exist. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  mmdebstrap: ['mmdebstrap'],
  'systemd-container': ['systemd-nspawn'],
  iproute2: ['ip'],
  'openssh-client': ['ssh', 'ssh-keygen'],
  'apt-utils': ['apt-ftparchive'],
  mount: ['mount', 'umount'],
  'util-linux': ['nsenter', 'unshare', 'flock', 'setpriv'],
}

/** Further packages for hosts with a kernel of their own. */
const GUEST_PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  'user-mode-linux': ['linux.uml'],
  e2fsprogs: ['mkfs.ext4'],
}

/** The device for a guest's network card. */
const TUN = '/dev/net/tun'

const KEYRING_FOLDER = '/usr/share/keyrings'

/** The package with the keys of Debian's archives. */
const KEYRING_PACKAGE = 'debian-archive-keyring'

async function exists(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

async function isInstalled(program: string): Promise<boolean> {
  const found = await Promise.all(SEARCH_PATH.split(':').map(folder => exists(join(folder, program))))
  return found.includes(true)
}

async function keyrings(): Promise<readonly string[]> {
  return readdir(KEYRING_FOLDER).catch(() => [])
}

/** The missing packages, with their missing programs. */
async function missing(kernel: LabKernel): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>()
  for (const [name, programs] of Object.entries({ ...PROGRAMS, ...(kernel === 'uml' && GUEST_PROGRAMS) })) {
    const installed = await Promise.all(programs.map(isInstalled))
    const absent = programs.filter((_, index) => installed[index] === false)
    if (absent.length > 0) found.set(name, absent)
  }
  if (!(await keyrings()).some(file => file.startsWith(KEYRING_PACKAGE))) {
    found.set(KEYRING_PACKAGE, ["Debian's archive keys"])
  }
  return found
}

/**
 * Checks that the lab may change the machine's network and mounts.
 * @throws {LabError} not Linux, or not root.
 */
export function requireRoot(): void {
  if (process.platform !== 'linux') throw new LabError('the lab needs Linux: it makes network namespaces and mounts')
  if (process.getuid?.() !== 0) {
    throw new LabError('the lab needs root: it makes network namespaces and mounts', { hint: 'run it with sudo' })
  }
}

/**
 * Checks that labs can be made on this machine.
 * @throws {LabError} with the missing programs, and the packages to install as its hint.
 */
export async function requireLabPrograms(kernel: LabKernel): Promise<void> {
  requireRoot()
  const absent = await missing(kernel)
  if (absent.size === 0) return kernel === 'uml' ? requireTun() : undefined
  throw new LabError(`the lab needs ${[...absent.values()].flat().join(', ')}`, {
    hint: `apt-get install ${[...absent.keys()].join(' ')}`,
  })
}

async function requireTun(): Promise<void> {
  await access(TUN).catch(() => {
    throw new LabError(`a lab host with a kernel of its own needs ${TUN}, and there is none`, {
      hint: 'modprobe tun; in a container, give it the device',
    })
  })
}

/**
 * Installs missing packages with apt-get, after a progress message.
 * @throws {LabError} there is no apt-get, the user is not root, or apt-get failed.
 */
export async function installLabPrograms(kernel: LabKernel, progress: Progress): Promise<void> {
  requireRoot()
  const packages = [...(await missing(kernel)).keys()]
  if (packages.length === 0) return
  if (!(await isInstalled('apt-get'))) {
    throw new LabError(`the lab needs ${packages.join(', ')}, and this machine has no apt-get to install them with`)
  }
  progress(`installing with apt-get: ${packages.join(' ')}`)
  const apt = ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '--quiet', '-o', 'DPkg::Lock::Timeout=120']
  const options = { doing: `installing ${packages.join(' ')}` }
  await run('env', [...apt, 'update'], options)
  await run('env', [...apt, 'install', '--yes', '--no-install-recommends', ...packages], options)
}

/**
 * The keyring file with which apt checks the suite's signatures.
 * @throws {LabError} the machine has no keys for the suite.
 */
export async function archiveKeyring(suite: LabSuite): Promise<string> {
  const files = await keyrings()
  const keyring = files.find(file => /^debian-archive-keyring\.(gpg|pgp)$/.test(file))
  if (keyring === undefined || !files.some(file => file.startsWith(`debian-archive-${suite}-`))) {
    throw new LabError(`the machine has no archive keys of ${suite}`, {
      hint: `apt-get install --only-upgrade ${KEYRING_PACKAGE}`,
    })
  }
  return join(KEYRING_FOLDER, keyring)
}
