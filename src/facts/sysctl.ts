import { absent, type Absent, type Fact } from '../core/fact.ts'
import { sh } from '../core/shell.ts'

/**
 * Values of kernel parameters by their names, several lines as one; absent where this kernel, or this host, has no such
 * parameter.
 */
export type SysctlValues = Readonly<Record<string, string | Absent>>

/**
 * The live values of kernel parameters.
 * @param names dotted, dots inside a part written as slashes: `net.ipv4.conf.eth0/100.arp_ignore`
 * @see sysctl.d(5)
 */
export function sysctls(names: readonly string[]): Fact<SysctlValues> {
  return {
    key: `sysctls:${names.join(',')}`,
    script: sh`for path in ${names.map(sysctlPath)}; do
  [ -e "/proc/sys/$path" ] || { echo absent; continue; }
  value=$(cat "/proc/sys/$path") || exit 1
  printf '%s' "$value" | tr '\n' ' '; echo
done`,
    parse: stdout => {
      const values = stdout.split('\n')
      if (values.length !== names.length + 1) throw new Error(`the script printed ${JSON.stringify(stdout)}`)
      return Object.fromEntries(names.map((name, i) => [name, values[i] === 'absent' ? absent : (values[i] ?? '')]))
    },
  }
}

/** Where a kernel parameter lies below /proc/sys. */
export function sysctlPath(name: string): string {
  return name.replace(/[./]/g, separator => (separator === '.' ? '/' : '.'))
}
