import { sh, type Fact } from 'haq'
import { detectDnf, detectManager } from './manager.ts'
import { scratchTemplate } from './transaction.ts'

/**
 * haq touches this file after a successful refresh. apt's daily job and Ubuntu's hooks have files of the same kind
 * beside it.
 */
export const aptStamp = '/var/lib/apt/periodic/update-success-stamp'
const aptDailyStamp = '/var/lib/apt/periodic/update-stamp'

/** Options of apt's tools for reading: they then write no cache and no log. */
export const readOnly = [
  '-o',
  'Dir::Cache::pkgcache=',
  '-o',
  'Dir::Cache::srcpkgcache=',
  '-o',
  'Dir::Log::Planner=/dev/null',
]

/**
 * Defines the shell function `recent`: one of the files was touched within these hours. A time to come is that of a wrong
 * clock and says nothing.
 */
const recent = (hours: number) => sh`recent() {
  for stamp; do
    if [ ! -e "$stamp" ] || ! touched=$(stat -L -c %Y "$stamp"); then continue; fi
    age=$(($(date +%s) - touched))
    if [ "$age" -ge 0 ] && [ "$age" -lt ${hours * 3600} ]; then return 0; fi
  done
  return 1
}`

/** Defines the shell function `fresh`: apt's package lists exist and were refreshed within these hours. */
export function aptFresh(hours: number) {
  return sh`${recent(hours)}
fresh() { ls /var/lib/apt/lists | grep -q _Packages && recent ${[aptStamp, aptDailyStamp]}; }`
}

/** Defines the shell function `fresh`: the metadata of dnf's repositories was refreshed within these hours. */
export function dnfFresh(hours: number) {
  return sh`${recent(hours)}
fresh() { recent "$cache/last_makecache"; }`
}

/**
 * A fact for the package lists as a whole. A step that refreshes the lists predicts this fact, and facts that depend
 * on the lists become unknown.
 */
export const packageLists: Fact<string> = {
  key: 'packageLists',
  script: sh`for stamp in ${[aptStamp, '/var/cache/dnf/last_makecache', '/var/cache/libdnf5/last_makecache']}; do
  if [ -e "$stamp" ]; then stat -L -c %Y "$stamp" || exit 1; fi
done`,
  parse: stdout => stdout.trim(),
}

/** What the package lists on the host offer now. */
export interface Candidates {
  /** Whether the lists are recent enough. */
  readonly fresh: boolean
  /** The version that would be installed, by package name. dnf lists only versions newer than the installed one. */
  readonly versions: Readonly<Record<string, string>>
}

/**
 * The versions that the package lists offer. They are read without network access and without writing a cache.
 *
 * @see apt-cache(8), dnf(8)
 */
export function candidates(names: readonly string[], hours: number): Fact<Candidates> {
  return {
    key: `packageCandidates:${hours}:${names.join(' ')}`,
    // apt and dnf write caches and logs even when they only read. Here they write none, or to a temporary directory.
    script: sh`${detectManager}
case $manager in
apt)
  ${aptFresh(hours)}
  if fresh; then echo fresh; else echo stale; fi
  offers=$(apt-cache -q ${readOnly} policy ${names}) || exit 1
  printf '%s\n' "$offers" | sed -n '
    /^[^ ].*:$/{ s/:$//; h; }
    /^  Candidate: /{ s///; H; x; s/\n/ /; p; }' ;;
dnf)
  ${detectDnf}
  ${dnfFresh(hours)}
  scratch=$(mktemp -d ${scratchTemplate}) || exit 1
  trap 'rm -rf "$scratch"' EXIT
  mkdir "$scratch/cache"
  if [ -d "$cache" ]; then
    find "$cache" -mindepth 1 -maxdepth 1 '(' -type d -o -name '*.solv*' ')' -exec cp -rs -t "$scratch/cache" {} + || exit 1
  fi
  set --
  for name in ${names}; do set -- "$@" "$(printf %s "$name" | tr : .)"; done
  # A version that is locked is offered too, so that the task says that it is.
  if [ "$setting" = cachedir ] && { [ -e /etc/dnf/plugins/versionlock.conf ] || [ -e /etc/yum/pluginconf.d/versionlock.conf ]; }; then
    set -- --disableplugin=versionlock "$@"
  fi
  status=0
  offers=$("$tool" -q -C --setopt="$setting=$scratch/cache" --setopt="logdir=$scratch" check-update "$@" 2>"$scratch/said") || status=$?
  case $status in
  0 | 100) if fresh; then echo fresh; else echo stale; fi ;;
  # Without metadata, nothing is known that could be fresh.
  *) if grep -Eqi 'cache' "$scratch/said"; then echo stale; exit 0; fi
    cat "$scratch/said" >&2; exit 1 ;;
  esac
  printf '%s\n' "$offers" |
    sed -n '/^Obsoleting/q; s/^ *\([^ ]*\)\.\([^ .]*\)  *\([^ ]*\)  *[^ ]*$/\1 \3\n\1:\2 \3/p' ;;
esac`,
    parse: parseCandidates,
    dependsOn: [packageLists],
  }
}

export function parseCandidates(stdout: string): Candidates {
  const [age, ...offers] = stdout.split('\n').filter(line => line !== '')
  const versions = offers.map(line => line.split(' ') as [string, string]).filter(([, version]) => version !== '(none)')
  return { fresh: age === 'fresh', versions: Object.fromEntries(versions) }
}
