import { sh, type Fact } from 'haq'
import { detectManager } from './manager.ts'

/** What stands in the way of a change, beside the versions. */
export interface PackageMarks {
  /** Packages that an interrupted dpkg left half-configured. The next change with dpkg finishes them first. */
  readonly unfinished: readonly string[]
  /** Packages on hold, or locked to a version by dnf: the package manager refuses to change them. */
  readonly held: readonly string[]
  /** Whether haq is root on the host: nobody else may change packages. */
  readonly root: boolean
}

/** @see dpkg-query(1), apt-mark(8), the versionlock plugin of dnf */
export const packageMarks: Fact<PackageMarks> = {
  key: 'packageMarks',
  script: sh`${detectManager}
if [ "$(id -u)" = 0 ]; then echo root; fi
case $manager in
apt)
  all=$(dpkg-query -W -f ${'${db:Status-Want} ${db:Status-Status} ${binary:Package}\\n'}) || exit 1
  printf '%s\n' "$all" | awk '
    $1 == "hold" { print "held", $3 }
    NF == 3 && $2 !~ /^(not-installed|installed|config-files)$/ { print "unfinished", $3 }' ;;
dnf)
  for conf in /etc/dnf/plugins/versionlock.conf /etc/yum/pluginconf.d/versionlock.conf; do
    if [ ! -f "$conf" ] || ! grep -Eiq '^ *enabled *= *(1|true|yes|on) *$' "$conf"; then continue; fi
    list=$(sed -n 's/^ *locklist *= *//p' "$conf") || exit 1
    if [ -f "$list" ]; then sed -e 's/ *#.*//' -e '/^!/d' -e '/./s/^/lock /' "$list" || exit 1; fi
  done
  # dnf 5 has it built in.
  list=/etc/dnf/versionlock.toml
  if [ -f "$list" ]; then sed -n 's/^ *name *= *"\(.*\)" *$/held \1/p' "$list" || exit 1; fi ;;
esac`,
  parse: parseMarks,
}

export function parseMarks(stdout: string): PackageMarks {
  const marks = stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split(' ') as [string, string | undefined])
  const named = (kind: string): readonly string[] =>
    marks.filter(([word]) => word === kind).map(([, name = '']) => name)
  return {
    unfinished: named('unfinished'),
    held: [...new Set([...named('held'), ...named('lock').map(lockedName)])],
    root: marks.some(([word]) => word === 'root'),
  }
}

/** The name in a lock of dnf 4 (`keepalived-0:2.2.8-3.el9.*`) or of yum (`0:keepalived-2.2.8-3.el9.*`). */
function lockedName(lock: string): string {
  return lock.replace(/^\d+:/, '').replace(/-[^-]+-[^-]+$/, '')
}

/** Whether two names mean the same package: dpkg adds the architecture on a host with several. */
export function isSamePackage(one: string, other: string): boolean {
  const [base, arch] = one.split(':')
  const [otherBase, otherArch] = other.split(':')
  return base === otherBase && (arch === undefined || otherArch === undefined || arch === otherArch)
}
