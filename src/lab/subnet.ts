import { LabError } from '../core/errors.ts'

/** The lab's network: the smallest one that holds all hosts, but no smaller than a /24. */
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
    throw new LabError(`the lab needs IPv4 addresses, and ${JSON.stringify(address)} is none`)
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

/** Whether every number is a host's address (not the network's, not the broadcast's) in one subnet. */
function holds(numbers: readonly number[], prefixLength: number): boolean {
  const first = firstOf(numbers[0] ?? 0, prefixLength)
  return numbers.every(number => number > first && number < first + size(prefixLength) - 1)
}

/**
 * The network that holds the hosts' addresses, with two free addresses from its upper end.
 * @throws {LabError} no network holds them all.
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

/** Whether a further host fits into a network that is there. */
export function fits(subnet: Subnet, address: string): boolean {
  const taken = [subnet.controlAddress, subnet.clientAddress]
  return !taken.includes(address) && holds([subnet.controlAddress, address].map(toNumber), subnet.prefixLength)
}

const hexadecimal = (address: string): string => toNumber(address).toString(16).padStart(8, '0')

/** A name of 9 characters for the bridge's end of the host's link: interface names end at 15. */
export const linkName = (address: string): string => `h${hexadecimal(address)}`

/** A link-layer address that a host keeps when it boots again; the others' neighbour tables would lead nowhere else. */
export const linkAddress = (address: string): string => `02:00:${hexadecimal(address).match(/../g)?.join(':')}`
