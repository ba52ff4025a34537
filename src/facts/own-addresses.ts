import type { Fact } from '../core/fact.ts'
import { sh } from '../core/shell.ts'

/**
 * The addresses, IPv4 and IPv6, by which a host is reached: those of all its interfaces but the loopback, where a real
 * server of LVS holds virtual IPs that are not its own. @see ip-address(8)
 */
export const ownAddresses: Fact<readonly string[]> = {
  key: 'ownAddresses',
  script: sh`ip -o addr show`,
  parse: stdout =>
    stdout
      .split('\n')
      .filter(line => line !== '')
      .flatMap(line => {
        const [, dev, address] = /^\d+: (\S+)\s+inet6? ([^\s/]+)/.exec(line) ?? []
        if (dev === undefined || address === undefined) throw new Error(`ip printed ${JSON.stringify(line)}`)
        return dev === 'lo' ? [] : [address]
      }),
}
