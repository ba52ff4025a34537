import { homedir } from 'node:os'
import { join } from 'node:path'

function xdg(variable: string, fallback: string): string {
  const value = process.env[variable]
  // the specification: a relative path there is to be ignored
  return value?.startsWith('/') === true ? value : join(homedir(), fallback)
}

/**
 * Folder of the cached images.
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export const imagesFolder = (): string => join(xdg('XDG_CACHE_HOME', '.cache'), 'haq', 'images')

/** Where one host of a lab keeps what is its own. */
export interface HostPaths {
  readonly folder: string
  readonly upper: string
  readonly work: string
  readonly root: string
  readonly consoleLog: string
  /** Exists when the root file system is complete; without it the host is made afresh. */
  readonly prepared: string
  readonly hostKey: string
  /** What a guest with a kernel of its own writes to. */
  readonly disk: string
  /** Where such a guest keeps its sockets and its pid. */
  readonly guestFolder: string
}

/** Where a lab keeps what is its own; everything below `folder` goes with `labDown`. */
export interface LabPaths {
  readonly folder: string
  readonly state: string
  readonly sshKey: string
  readonly sshConfig: string
  readonly knownHosts: string
  host(name: string): HostPaths
}

/** The paths of a lab, from its id alone. */
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
 * The names that a lab gives to things of the machine. A dot never occurs in an id, so the names of one lab are never
 * those of another.
 */
export const labNames = (id: string) => ({
  namespace: `haq-${id}`,
  clientNamespace: `haq-${id}-client`,
  hostPrefix: `haq-${id}.`,
  host: (name: string) => `haq-${id}.${name}`,
})
