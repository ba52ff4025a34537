import { absent, isKnown, unknown, type Absent, type Fact, type Unknown } from '../core/fact.ts'
import { sh } from '../core/shell.ts'
import { predict, run, type Step } from '../core/step.ts'

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
function sysctlPath(name: string): string {
  return name.replace(/[./]/g, separator => (separator === '.' ? '/' : '.'))
}

/**
 * The steps that give kernel parameters their values, now; a reboot forgets them. What this kernel or this host does not
 * have is left out.
 * @param wanted values by the names, in the order in which `sysctls` was asked for them
 */
export function convergeSysctls(
  wanted: Readonly<Record<string, string>>,
  current: SysctlValues | Unknown,
): readonly Step[] {
  const fact = sysctls(Object.keys(wanted))
  let values = current
  return Object.entries(wanted).flatMap(([name, to]) => {
    const from = isKnown(current) ? current[name] : 'unknown'
    if (from === to || from === absent || from === undefined) return []
    values = isKnown(values) ? { ...values, [name]: to } : unknown
    const change = { what: `sysctl ${name}`, from, to }
    const write = (value: string) => sh`echo ${value} >/proc/sys/${sysctlPath(name)}`
    return run({
      change,
      script: write(to),
      undo: isKnown(current)
        ? { change: { ...change, from: to, to: from }, script: write(from) }
        : { impossible: 'the value before is not known' },
      predicts: [predict(fact, values)],
    })
  })
}
