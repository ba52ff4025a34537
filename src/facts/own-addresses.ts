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
    // Left out on the host: an undo compares what the script prints, and would take one that moved for a change by hand.
    script: sh`found=$(ip -o addr show) || exit 1
printf '%s\n' "$found" | awk -v movable=${` ${movable.join(' ')} `} '
  NF && $2 != "lo" { split($4, part, "/"); if (!index(movable, " " part[1] " ")) print part[1] }'`,
    parse: stdout => stdout.split('\n').filter(Boolean),
  }
}
