import { absent, type Absent, type Fact } from '../core/fact.ts'
import { sh } from '../core/shell.ts'

/** The live value of a kernel parameter, by its path below /proc/sys; absent where this kernel has none. @see sysctl(8) */
export function sysctl(path: string): Fact<string | Absent> {
  return {
    key: `sysctl:${path}`,
    script: sh`[ -e /proc/sys/${path} ] || { echo absent; exit 0; }
cat /proc/sys/${path}`,
    parse: stdout => (stdout === 'absent\n' ? absent : stdout.trim()),
  }
}
