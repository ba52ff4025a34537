import { LabError } from '../core/errors.ts'

/** The lab's network: the smallest one with all hosts, but not smaller than a /24. */
export interface Subnet {
  readonly prefixLength: number
  readonly controlAddress: string
  readonly clientAddress: string
}

const LONGEST_PREFIX = 24
const SHORTEST_PREFIX = 8

function toNumber(address: string): number {
  const octets = address.split('.').map(Number)
  if (octets.length !== 4 || octets.some(octet => !Number.isInteger(octet) || octet < 0 || octet > 255)) {
    throw new LabError(`the lab needs IPv4 addresses, and ${JSON.stringify(address)} is not one`)
  }
  return octets.reduce((number, octet) => number * 256 + octet, 0)
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map(shift => (number >>> shift) & 255).join('.')
}

const size = (prefixLength: number): number => 2 ** (32 - prefixLength)

function firstOf(number: number, prefixLength: number): number {
  return number - (number % size(prefixLength))
}

/** Whether all addresses are in one subnet, and none is its network or broadcast address. */
function holds(numbers: readonly number[], prefixLength: number): boolean {
  const first = firstOf(numbers[0] ?? 0, prefixLength)
  return numbers.every(number => number > first && number < first + size(prefixLength) - 1)
}

/**
 * The network with all the hosts' addresses, and two free addresses from its upper end.
 * @throws {LabError} no network contains all addresses.
 */
export function subnetOf(addresses: readonly string[], reserved: readonly string[]): Subnet {
  const numbers = addresses.map(toNumber)
  for (let prefixLength = LONGEST_PREFIX; prefixLength >= SHORTEST_PREFIX; prefixLength--) {
    if (!holds(numbers, prefixLength)) continue
    const [control, client] = freeFromTop(numbers, prefixLength, [...numbers, ...reserved.map(toNumber)])
    if (control === undefined || client === undefined) continue
    return { prefixLength, controlAddress: toAddress(control), clientAddress: toAddress(client) }
  }
  throw new LabError(`no network of /${SHORTEST_PREFIX} or smaller holds ${addresses.join(', ')}`)
}

function freeFromTop(numbers: readonly number[], prefixLength: number, taken: readonly number[]): number[] {
  const used = new Set(taken)
  const first = firstOf(numbers[0] ?? 0, prefixLength)
  const free: number[] = []
  for (let number = first + size(prefixLength) - 2; number > first && free.length < 2; number--) {
    if (!used.has(number)) free.push(number)
  }
  return free
}

/** Whether another host fits into an existing network. */
export function fits(subnet: Subnet, address: string): boolean {
  const taken = [subnet.controlAddress, subnet.clientAddress]
  return !taken.includes(address) && holds([subnet.controlAddress, address].map(toNumber), subnet.prefixLength)
}

const hexadecimal = (address: string): string => toNumber(address).toString(16).padStart(8, '0')

/** The name of the host's link at the bridge: 9 characters, because an interface name may have only 15. */
export const linkName = (address: string): string => `h${hexadecimal(address)}`

/** The host's link-layer address. It stays the same after a reboot, so other hosts' neighbour tables stay valid. */
export const linkAddress = (address: string): string => `02:00:${hexadecimal(address).match(/../g)?.join(':')}`
