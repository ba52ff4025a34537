import { sh, type Fact } from 'haq'
import { detectDnf, detectManager } from './manager.ts'

/**
 * haq touches this file after a successful refresh. apt's daily job and Ubuntu's hooks have files of the same kind
 * beside it.
 */
export const aptStamp = '/var/lib/apt/periodic/update-success-stamp'
const aptDailyStamp = '/var/lib/apt/periodic/update-stamp'

/** Defines the shell function `fresh`: apt's package lists exist and were refreshed within these hours. */
export function aptFresh(hours: number) {
  return sh`fresh() {
  ls /var/lib/apt/lists | grep -q _Packages &&
    [ -n "$(find ${[aptStamp, aptDailyStamp]} -mmin ${`-${hours * 60}`} 2>/dev/null)" ]
}`
}

/** Defines the shell function `fresh`: the metadata of dnf's repositories was refreshed within these hours. */
export function dnfFresh(hours: number) {
  return sh`fresh() { [ -n "$(find "$cache/last_makecache" -mmin ${`-${hours * 60}`} 2>/dev/null)" ]; }`
}

/**
 * A fact for the package lists as a whole. A step that refreshes the lists predicts this fact, and facts that depend
 * on the lists become unknown.
 */
export const packageLists: Fact<string> = {
  key: 'packageLists',
  script: sh`find ${aptStamp} /var/cache/dnf/last_makecache /var/cache/libdnf5/last_makecache -printf '%T@' 2>/dev/null || :`,
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
  apt-cache -q -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= policy ${names} 2>/dev/null | sed -n '
    /^[^ ].*:$/{ s/:$//; h; }
    /^  Candidate: /{ s///; H; x; s/\n/ /; p; }' ;;
dnf)
  ${detectDnf}
  ${dnfFresh(hours)}
  if fresh; then echo fresh; else echo stale; fi
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  mkdir "$scratch/cache"
  find "$cache" -mindepth 1 -maxdepth 1 '(' -type d -o -name '*.solv*' ')' -exec cp -rs -t "$scratch/cache" {} + 2>/dev/null || :
  set --
  for name in ${names}; do set -- "$@" "$(printf %s "$name" | tr : .)"; done
  "$tool" -q -C --setopt="$setting=$scratch/cache" --setopt="logdir=$scratch" check-update "$@" 2>/dev/null |
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
