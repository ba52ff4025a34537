import { LabError } from '../core/errors.ts'
import { isIpvsLoaded } from './ipvs.ts'
import { labNames, labPaths } from './paths.ts'
import { readState } from './state.ts'
import { CLIENT, LAB_USER } from './types.ts'

/** A lab, as far as it takes to reach its hosts. */
export interface LabHosts {
  readonly id: string
  readonly hosts: readonly { readonly name: string }[]
}

/** A lab as the target of a run. */
export interface LabReach extends LabHosts {
  /** Whether the hosts' kernel has IPVS: without it keepalived dies on a `virtual_server` block. */
  readonly ipvs: boolean
}

/**
 * The hosts of a lab, from what was written down when it was made: whether they run, they say themselves when they are
 * reached. `undefined` when there is no such lab.
 * @throws {LabError} its state can't be understood.
 */
export async function labReach(id: string): Promise<LabReach | undefined> {
  const state = await readState(id)
  return state && { id, hosts: state.spec.hosts, ipvs: state.spec.kernel === 'uml' || (await isIpvsLoaded()) }
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
export function labSshArgv(lab: LabHosts, host: string, user?: string, configuration?: string): readonly string[] {
  if (host === CLIENT) throw new LabError('the client runs no sshd', { hint: `haq lab exec ${CLIENT} -- COMMAND` })
  requireHost(lab, host)
  if (user !== undefined && user !== 'root' && user !== LAB_USER) {
    throw new LabError(`lab hosts have the users root and ${LAB_USER}, not ${user}`)
  }
  return sshArgv(lab.id, host, user, configuration)
}

/** Argv that runs a command on the plain host of the lab's network: the machine's own programs, with that host's network. */
export function labClientArgv({ id }: LabHosts): readonly string[] {
  return ['nsenter', `--net=/run/netns/${labNames(id).clientNamespace}`]
}

/** The lab's own ssh configuration. */
export function labSshConfiguration({ id }: LabHosts): string {
  return labPaths(id).sshConfig
}

/** A host of the lab, by name. @throws {LabError} the lab has no such host. */
export function requireHost<H extends { readonly name: string }>(
  { hosts }: { readonly hosts: readonly H[] },
  host: string,
): H {
  const found = hosts.find(({ name }) => name === host)
  if (found !== undefined) return found
  const names = hosts.map(({ name }) => name).join(', ')
  throw new LabError(`the lab has no host ${host}`, { hint: `it has ${names} and ${CLIENT}`, host })
}
