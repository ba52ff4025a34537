import { absent, sh, type Absent, type Fact, type Script, type Unknown } from 'haq'
import { detectManager } from './manager.ts'

/** The state of a package on a host. */
export interface PackageState {
  /**
   * `installed`. `provided`: the name is virtual, and the package named in `version` provides it. `removed`: only the
   * configuration is left. `unfinished`: an interrupted dpkg left the package half-configured.
   */
  readonly status: 'installed' | 'provided' | 'removed' | 'unfinished'
  readonly version: string | Unknown
}

const dpkgFormat = '${db:Status-Status} ${Version}\\n'
const namedFormat = '${Package} ${db:Status-Status} ${Version}\\n'
const providesFormat = '${db:Status-Status}\\t${Package}\\t${Provides}\\n'
const rpmFormat = '%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\n'

/** The state of a package, by name. Absent also on hosts without apt and dnf. @see dpkg-query(1), rpm(8) */
export function packageState(name: string): Fact<PackageState | Absent> {
  return {
    key: `package:${name}`,
    script: sh`${detectManager}
name=${name}
${showPackage}`,
    batch: { kind: 'package', item: name, script: showPackages },
    parse: parsePackage,
  }
}

/**
 * Prints the state of the package `$name`. A query whose tool fails ends the script: a broken database must not look like
 * an absent package.
 */
export const showPackage = sh`case $manager in
apt)
  if found=$(dpkg-query -W -f ${dpkgFormat} "$name" 2>/dev/null | grep -v ^not-installed); then printf '%s\n' "$found"
  else
    all=$(dpkg-query -W -f ${providesFormat}) || exit 1
    printf '%s\n' "$all" | awk -F '\t' -v name="$name" '$1 == "installed" {
      count = split($3, provided, /, */)
      for (i = 1; i <= count; i++) { sub(/[ :(].*/, "", provided[i]); if (provided[i] == name) print "provided", $2 }
    }'
  fi ;;
dnf)
  name=$(printf %s "$name" | tr : .)
  if found=$(rpm -q --qf ${rpmFormat} "$name" 2>/dev/null); then printf 'installed %s\n' "$found" | tail -n 1
  elif said=$(rpm -q "$name" 2>&1); [ "$said" != "package $name is not installed" ]; then printf '%s\n' "$said" >&2; exit 1
  elif found=$(rpm -q --qf '%{NAME}\n' --whatprovides "$name" 2>/dev/null); then echo "provided $found"
  fi ;;
esac`

/**
 * Each dpkg query reads the whole database. If dpkg knows all the packages, one query is enough for all of them; awk reads
 * from its standard input, too, how each ends.
 */
function showPackages(names: readonly string[], end: Script): Script {
  return sh`${detectManager}
if [ "$manager" = apt ] && found=$(dpkg-query -W -f ${namedFormat} ${names} 2>/dev/null) &&
  { ${end}; printf '%s\n' "$found"; } | awk -v wanted=${names.join(' ')} '
    NR <= 2 { end = $0; next }
    $2 != "not-installed" { states[$1] = states[$1] $2 " " $3 "\n" }
    END {
      count = split(wanted, names, " ")
      for (i = 1; i <= count; i++) if (!(names[i] in states)) exit 1
      for (i = 1; i <= count; i++) printf "%s\n%s\n", states[names[i]], end
    }'
then exit 0; fi
for name in ${names}; do
  ${showPackage}
  ${end}
done`
}

export function parsePackage(stdout: string): PackageState | Absent {
  const found = stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split(' ') as [string, string | undefined])
    .map(([status, version = '']) => ({ status: statusOf(status), version }))
  return found.find(({ status }) => status === 'installed') ?? found[0] ?? absent
}

function statusOf(word: string): PackageState['status'] {
  switch (word) {
    case 'installed':
    case 'provided':
      return word
    case 'config-files':
      return 'removed'
    default:
      return 'unfinished'
  }
}
