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
    // One program for all of them: it writes each line behind the file's name.
    script: sh`set --
for path in ${names.map(sysctlPath)}; do
  if [ -e "/proc/sys/$path" ]; then set -- "$@" "/proc/sys/$path"; else echo "absent $path"; fi
done
[ $# -eq 0 ] || grep -H '' "$@" || [ $? -eq 1 ]`,
    parse: stdout => {
      const printed = stdout.split('\n')
      return Object.fromEntries(names.map(name => [name, valueIn(printed, sysctlPath(name))]))
    },
  }
}

function valueIn(printed: readonly string[], path: string): string | Absent {
  if (printed.includes(`absent ${path}`)) return absent
  const head = `/proc/sys/${path}:`
  const lines = printed.filter(line => line.startsWith(head))
  if (lines.length === 0) throw new Error(`nothing was printed of ${head.slice(0, -1)}`)
  return lines.map(line => line.slice(head.length)).join(' ')
}

/** Where a kernel parameter lies below /proc/sys. */
export function sysctlPath(name: string): string {
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
