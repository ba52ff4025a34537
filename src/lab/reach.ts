import { LabError } from '../core/errors.ts'
import { isIpvsLoaded } from './ipvs.ts'
import { labNames, labPaths } from './paths.ts'
import { readState } from './state.ts'
import { CLIENT, LAB_USER } from './types.ts'

/** The parts of a lab that are needed to connect to its hosts. */
export interface LabHosts {
  readonly id: string
  readonly hosts: readonly { readonly name: string }[]
}

/** A lab as the target of a run. */
export interface LabReach extends LabHosts {
  /** Whether the hosts' kernel has IPVS: without it keepalived stops at a `virtual_server` block. */
  readonly ipvs: boolean
}

/**
 * The hosts of a lab from its saved state, without a check whether they are running. `undefined` when there is no such
 * lab.
 * @throws {LabError} its state can't be understood.
 */
export async function labReach(id: string): Promise<LabReach | undefined> {
  const state = await readState(id)
  return state && { id, hosts: state.spec.hosts, ipvs: state.spec.kernel === 'uml' || (await isIpvsLoaded()) }
}

/** The ssh command line to a host from the lab's control side; the remote command follows. */
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
 * The ssh command line to a host; the remote command follows. Host keys are checked, and the lab's key logs in as
 * `root` or `op`.
 * @param configuration an ssh configuration that includes the lab's
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

/** The command line that runs a command on the lab's client, with the machine's programs and the client's network. */
export function labClientArgv({ id }: LabHosts): readonly string[] {
  return ['nsenter', `--net=/run/netns/${labNames(id).clientNamespace}`]
}

/** The lab's ssh configuration. */
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
