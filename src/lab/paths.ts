import { homedir } from 'node:os'
import { join } from 'node:path'

function xdg(variable: string, fallback: string): string {
  const value = process.env[variable]
  // the specification says that a relative path must be ignored
  return value?.startsWith('/') === true ? value : join(homedir(), fallback)
}

/**
 * Folder of the cached images.
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export const imagesFolder = (): string => join(xdg('XDG_CACHE_HOME', '.cache'), 'haq', 'images')

/** The files of one host of a lab. */
export interface HostPaths {
  readonly folder: string
  readonly upper: string
  readonly work: string
  readonly root: string
  readonly consoleLog: string
  /** Exists when the root file system is complete; without it the host is made again. */
  readonly prepared: string
  readonly hostKey: string
  /** The disk of a guest with a kernel of its own. */
  readonly disk: string
  /** The folder with the sockets and the pid of such a guest. */
  readonly guestFolder: string
}

/** The files of a lab; `labDown` removes everything below `folder`. */
export interface LabPaths {
  readonly folder: string
  readonly state: string
  readonly sshKey: string
  readonly sshConfig: string
  readonly knownHosts: string
  host(name: string): HostPaths
}

/** The paths of a lab, which depend only on its id. */
export function labPaths(id: string): LabPaths {
  const folder = join(xdg('XDG_STATE_HOME', '.local/state'), 'haq', 'lab', id)
  return {
    folder,
    state: join(folder, 'state.json'),
    sshKey: join(folder, 'ssh', 'id_ed25519'),
    sshConfig: join(folder, 'ssh', 'config'),
    knownHosts: join(folder, 'ssh', 'known_hosts'),
    host: name => hostPaths(join(folder, 'hosts', name)),
  }
}

function hostPaths(folder: string): HostPaths {
  return {
    folder,
    upper: join(folder, 'upper'),
    work: join(folder, 'work'),
    root: join(folder, 'root'),
    consoleLog: join(folder, 'console.log'),
    prepared: join(folder, 'prepared'),
    hostKey: join(folder, 'ssh_host_ed25519_key'),
    disk: join(folder, 'disk'),
    guestFolder: join(folder, 'guest'),
  }
}

/**
 * The names of a lab's namespaces and groups on the machine. An id has no dot, so two labs never have the same names.
 */
export const labNames = (id: string) => ({
  namespace: `haq-${id}`,
  clientNamespace: `haq-${id}-client`,
  hostPrefix: `haq-${id}.`,
  host: (name: string) => `haq-${id}.${name}`,
})
