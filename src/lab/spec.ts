import { LabError } from '../core/errors.ts'
import { subnetOf } from './subnet.ts'
import { CLIENT, type LabHost, type LabSpec } from './types.ts'

const ID = /^[a-z0-9][a-z0-9-]{0,7}$/

/** Names for hosts, which are also machine names: the kernel allows 64 characters, with the lab's prefix. */
const HOST_NAME = /^(?=.{1,50}$)[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$/

/** The kernel's rule for names of network interfaces. */
const INTERFACE_NAME = /^[^\s/:]{1,15}$/

/**
 * Checks that a lab can be made from the specification.
 * @throws {LabError} with the first problem.
 */
export function checkSpec({ id, hosts, reserved }: LabSpec): void {
  // the labs "a" and "a-client" would have a namespace with the same name
  if (!ID.test(id) || id.endsWith(`-${CLIENT}`)) throw new LabError(`${JSON.stringify(id)} is not a valid id of a lab`)
  if (hosts.length === 0) throw new LabError('a lab needs at least one host')
  for (const host of hosts) checkHost(host)
  requireUnique(hosts.map(({ name }) => name.toLowerCase()))
  const addresses = hosts.map(({ address }) => address)
  requireUnique(addresses)
  subnetOf(addresses, reserved ?? [])
}

/** The first label of a name, which Debian's installer uses as the host name. */
export const shortName = (name: string): string => name.split('.')[0] ?? name

function checkHost({ name, interfaceName }: LabHost): void {
  if (name === CLIENT)
    throw new LabError(`${CLIENT} is the lab's own plain host; no host of an inventory can have the name`)
  if (!HOST_NAME.test(name)) {
    throw new LabError(`a lab host can't be named ${JSON.stringify(name)}`, {
      hint: 'letters, digits, inner dots and dashes, at most 50 characters',
      host: name,
    })
  }
  if (!INTERFACE_NAME.test(interfaceName) || ['lo', '.', '..'].includes(interfaceName)) {
    throw new LabError(`${JSON.stringify(interfaceName)} is not a valid name of a network interface`, { host: name })
  }
}

function requireUnique(values: readonly string[]): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index)
  if (twice !== undefined) throw new LabError(`two hosts of the lab have ${twice}`)
}

/**
 * Combines the existing lab with the wanted one. Hosts may be added; nothing else may change.
 * @throws {LabError} the existing lab is a different one.
 */
export function mergeSpecs(present: LabSpec, asked: LabSpec): LabSpec {
  const conflict = (what: string) => new LabError(`the lab that is up ${what}`, { hint: 'haq lab down, then up again' })
  if (present.suite !== asked.suite) throw conflict(`is of ${present.suite}, not of ${asked.suite}`)
  if (present.kernel !== asked.kernel) throw conflict(`runs on the kernel ${present.kernel}, not on ${asked.kernel}`)
  for (const old of present.hosts) {
    const now = asked.hosts.find(({ name }) => name === old.name)
    if (now === undefined) throw conflict(`has a host ${old.name} that is not asked for`)
    if (now.address !== old.address || now.interfaceName !== old.interfaceName) {
      throw conflict(`has ${old.name} at ${old.address} on ${old.interfaceName}`)
    }
  }
  return asked
}
