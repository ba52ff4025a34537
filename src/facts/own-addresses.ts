import type { Fact } from '../core/fact.ts'
import { sh } from '../core/shell.ts'

/**
 * The addresses, IPv4 and IPv6, by which a host is reached: those of all its interfaces but the loopback, where a real
 * server of LVS holds virtual IPs that are not its own.
 * @param movable addresses that come and go by themselves, such as virtual IPs: they are left out
 * @see ip-address(8)
 */
export function ownAddresses(movable: readonly string[]): Fact<readonly string[]> {
  return {
    key: `ownAddresses but ${movable.join(' ')}`,
    script: sh`ip -o addr show`,
    parse: stdout => parse(stdout).filter(address => !movable.includes(address)),
  }
}

function parse(stdout: string): readonly string[] {
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .flatMap(line => {
      const [, dev, address] = /^\d+: (\S+)\s+inet6? ([^\s/]+)/.exec(line) ?? []
      if (dev === undefined || address === undefined) throw new Error(`ip printed ${JSON.stringify(line)}`)
      return dev === 'lo' ? [] : [address]
    })
}
