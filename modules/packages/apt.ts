import { lines, sh, type Script } from 'haq'
import { aptFresh, aptStamp } from './lists.ts'
import { transaction, type TransactionOptions } from './transaction.ts'

// Configuration files that the operator has edited are kept. Unchanged ones are replaced by the package's new version.
const options = [
  ...[
    '-q',
    '-y',
    '-o',
    'Dpkg::Use-Pty=0',
    '-o',
    'Dpkg::Options::=--force-confdef',
    '-o',
    'Dpkg::Options::=--force-confold',
  ],
  // apt-get must not read the name of a missing package as a pattern that matches other packages.
  ...['-o', 'APT::Cmd::Pattern-Only=true'],
]

/** @param removing whether packages are removed on purpose, so that this is no reason for a failure */
const common = (settings: TransactionOptions, removing: 'yes' | 'no'): Script =>
  lines(
    transaction(settings),
    sh`export DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none APT_LISTBUGS_FRONTEND=none NEEDRESTART_MODE=l
held='Could not get lock|is another process using it|locked by another process'
holder() { return 1; }
summary() {
  awk -v removing=${removing} '
    /^[^ ]/ { section = "" }
    section == "unmet" { sub(/^ +/, ""); print }
    section == "removed" && removing == "no" { sub(/^ +/, ""); gsub(/ +/, ", "); print $0 " would be removed" }
    section == "held" { sub(/^ +/, ""); gsub(/ +/, ", "); print "on hold: " $0 }
    /^The following packages have unmet dependencies/ { section = "unmet" }
    /^The following packages will be REMOVED/ { section = "removed" }
    /^The following held packages will be changed/ { section = "held" }
    /^dpkg: error/ { first = $0; if ((getline rest) > 0) { sub(/^ */, " ", rest); first = first rest }; print first }
    /^E: / && !/^E: Held packages were changed and -y was used/ { print substr($0, 4) }' "$log"
}
# What an interrupted run of dpkg left half-way is finished first; what can't be, apt will say.
finish() {
  if ls /var/lib/dpkg/updates | grep -q '^[0-9]' || [ -n "$(dpkg --audit)" ]; then
    unlocked dpkg --force-confdef --force-confold --configure -a || :
  fi
}`,
  )

/** Installs packages, or upgrades or downgrades them to the named versions, in one transaction. @see apt-get(8) */
export function aptInstall(
  words: readonly string[],
  { hours, mustRefresh, ...settings }: TransactionOptions & { readonly hours: number; readonly mustRefresh: boolean },
): Script {
  return lines(
    common(settings, 'no'),
    aptFresh(hours),
    sh`refresh() {
  unlocked apt-get -q update || return 1
  # Older versions of apt say so and succeed.
  if grep -Eq 'Failed to fetch|Some index files failed' "$log"; then return 1; fi
  mkdir -p "$(dirname ${aptStamp})"
  touch ${aptStamp}
}
install() { unlocked apt-get ${options} --no-remove --allow-downgrades install ${words}; }
unheard='Unable to locate package|has no installation candidate|was not found|Failed to fetch|Unable to fetch'
refreshed=no trouble=
if ! fresh; then
  if refresh; then refreshed=yes; else refreshed=failed trouble=$(reason); fi
fi
if [ $refreshed = failed ] && ${mustRefresh ? sh`:` : sh`! ls /var/lib/apt/lists | grep -q _Packages`}; then
  fail "the package lists can't be refreshed: "
fi
finish
if install; then exit 0; fi
if [ $refreshed = no ] && grep -Eq "$unheard" "$log"; then
  if ! refresh; then fail "the package lists can't be refreshed: "; fi
  if install; then exit 0; fi
fi
if [ -n "$trouble" ]; then fail "the package lists can't be refreshed ($trouble), and with the old ones: "; fi
fail`,
  )
}

/** Removes packages. With `purge`, their configuration is removed too, and usually also their data. @see apt-get(8) */
export function aptRemove(names: readonly string[], purge: boolean, settings: TransactionOptions): Script {
  return lines(
    common(settings, 'yes'),
    sh`finish
unlocked apt-get ${options} ${purge ? 'purge' : 'remove'} ${names} || fail`,
  )
}
