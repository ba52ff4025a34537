import { absent, type Absent, type Fact } from '../core/fact.ts'
import { sh } from '../core/shell.ts'

/** The host's own name, as the kernel has it. @see hostname(7) */
export const hostname: Fact<string> = { key: 'hostname', script: sh`uname -n`, parse: stdout => stdout.trim() }

/**
 * The names that a host has for itself: its name in full, if /etc/hosts has it, the kernel's name, and its first part.
 * `localhost` is nobody's own name.
 *
 * @see hostname(1), hosts(5)
 */
export const hostNames: Fact<readonly string[]> = {
  key: 'hostNames',
  script: sh`name=$(uname -n)
awk -v name="$name" ${`
  { sub(/#.*/, "") }
  { for (i = 2; i <= NF; i++) if (tolower($i) == tolower(name) && $2 ~ /[.]/) { print $2; exit } }`} /etc/hosts 2>/dev/null || :
echo "$name"
echo "$name" | cut -d. -f1`,
  parse: stdout => {
    const names = stdout.split('\n').map(name => name.trim())
    const isOwn = (name: string): boolean => name !== '' && !/^(localhost|ip6-)/i.test(name)
    return [...new Set(names)].filter(isOwn)
  },
}

/** What /etc/os-release says of the system. @see os-release(5) */
export interface OsRelease {
  readonly id: string
  /** The ids of systems that this one derives from. */
  readonly like: readonly string[]
  readonly version: string
}

/** The host's distribution. */
export const osRelease: Fact<OsRelease> = {
  key: 'osRelease',
  script: sh`cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release`,
  parse: stdout => {
    const value = (key: string): string => new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(stdout)?.[1] ?? ''
    return {
      // The manual's own default.
      id: value('ID') || 'linux',
      like: value('ID_LIKE').split(' ').filter(Boolean),
      version: value('VERSION_ID'),
    }
  },
}

/** Whether the host knows a user. @see id(1) */
export function userExists(name: string): Fact<true | Absent> {
  return {
    key: `userExists:${name}`,
    script: sh`if id -u -- ${name} >/dev/null 2>&1; then echo yes; else echo no; fi`,
    // Absent and not false, because a package may bring the user.
    parse: stdout => (stdout === 'yes\n' ? true : absent),
  }
}
