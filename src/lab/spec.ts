import { LabError } from '../core/errors.ts'
import { subnetOf } from './subnet.ts'
import { CLIENT, type LabHost, type LabSpec } from './types.ts'

const ID = /^[a-z0-9][a-z0-9-]{0,7}$/

/** Host names that are also machine names; 50 characters leave room for the lab's prefix in the kernel's 64. */
const HOST_NAME = /^(?=.{1,50}$)[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$/

/** The kernel's rule for names of network interfaces. */
const INTERFACE_NAME = /^[^\s/:]{1,15}$/

/**
 * Sees to it that a lab can be made from what is asked for.
 * @throws {LabError} with the first thing that is wrong.
 */
export function checkSpec({ id, hosts, reserved }: LabSpec): void {
  // "a" and "a-client" would share the name of a namespace
  if (!ID.test(id) || id.endsWith(`-${CLIENT}`)) throw new LabError(`${JSON.stringify(id)} can't be a lab's id`)
  if (hosts.length === 0) throw new LabError('a lab needs at least one host')
  for (const host of hosts) checkHost(host)
  requireUnique(hosts.map(({ name }) => name.toLowerCase()))
  const addresses = hosts.map(({ address }) => address)
  requireUnique(addresses)
  subnetOf(addresses, reserved ?? [])
}

/** Debian's installer makes the first label the host's name. */
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
    throw new LabError(`${JSON.stringify(interfaceName)} can't be a network interface's name`, { host: name })
  }
}

function requireUnique(values: readonly string[]): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index)
  if (twice !== undefined) throw new LabError(`two hosts of the lab have ${twice}`)
}

/**
 * What a lab that is up becomes by a further `labUp`: hosts may come, nothing may change.
 * @throws {LabError} the lab that is up is another one.
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
