import { quoted } from '../core/bytes.ts'
import { absent, isKnown, type Absent, type Fact, type Unknown } from '../core/fact.ts'
import { sh } from '../core/shell.ts'

/** An IPv4 address on an interface. */
export interface AddressState {
  /** With its prefix length: `192.168.1.120/32`. */
  readonly address: string
  readonly label: string
}

/** The IPv4 addresses of an interface, in the kernel's order; absent where there is no such interface. @see ip-address(8) */
export function addresses(interfaceName: string): Fact<readonly AddressState[] | Absent> {
  return {
    key: `addresses:${interfaceName}`,
    script: sh`[ -e /sys/class/net/${interfaceName} ] || { echo absent; exit 0; }
ip -4 -o addr show dev ${interfaceName}`,
    parse: parseAddresses,
  }
}

/** Whether an interface is known to hold an address, whatever its prefix length. */
export function holdsAddress(state: readonly AddressState[] | Absent | Unknown, ip: string): boolean {
  return isKnown(state) && (state ?? []).some(({ address }) => address.split('/')[0] === ip)
}

function parseAddresses(stdout: string): readonly AddressState[] | Absent {
  if (stdout === 'absent\n') return absent
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(parseAddress)
}

/**
 * One line of ip, word by word: between address and scope may stand a peer, a metric and a broadcast address, and between
 * scope and label flags.
 */
function parseAddress(line: string): AddressState {
  const [said = '', ...more] = line.split('\\')
  const [, , family, address = '', ...words] = said.trim().split(/ +/)
  const label = words.slice(words.indexOf('scope') + 2).at(-1)
  if (more.length === 0 || family !== 'inet' || !ipv4.test(address) || !words.includes('scope') || label === undefined)
    throw new Error(`ip printed ${quoted(line)}`)
  return { address: address.includes('/') ? address : `${address}/32`, label }
}

const ipv4 = /^(\d{1,3}\.){3}\d{1,3}(\/\d{1,2})?$/
