import { lines, sh, type Script } from 'haq'
import { dnfFresh } from './lists.ts'
import { detectDnf } from './manager.ts'
import { transaction, type TransactionOptions } from './transaction.ts'

const common = (settings: TransactionOptions): Script =>
  lines(
    transaction(settings),
    detectDnf,
    // dnf would wait for the lock for ever, without a message.
    sh`held='is currently holding the .* lock'
holder() {
  for file in "$cache"/*_lock.pid /var/lib/dnf/*_lock.pid /var/run/yum.pid; do
    if [ -r "$file" ] && pid=$(cat "$file") && kill -0 "$pid" 2>/dev/null; then
      echo "Error: $file is held by process $pid ($(cat "/proc/$pid/comm"))"
      return 0
    fi
  done
  return 1
}
summary() {
  sed -n -e '/^Error:/,$ { s/^Error: *//; s/^  *//; /^$/d; /^(try to add/d; p; }' -e '/^No match for argument/p' "$log"
}`,
  )

/**
 * Installs packages, upgrades or downgrades them to the named versions, or upgrades them to the newest, with dnf or
 * yum.
 *
 * @see dnf(8)
 */
export function dnfInstall(
  words: readonly string[],
  upgrades: readonly string[],
  { hours, mustRefresh, ...settings }: TransactionOptions & { readonly hours: number; readonly mustRefresh: boolean },
): Script {
  const change = (command: string, names: readonly string[]): Script =>
    names.length > 0 ? sh`unlocked "$tool" -y ${command} ${names}` : sh`:`
  return lines(
    common(settings),
    dnfFresh(hours),
    sh`refresh() {
  unlocked "$tool" -q clean expire-cache && unlocked "$tool" -q makecache || return 1
  touch "$cache/last_makecache"
}
install() {
  ${change('install', words)} && ${change('upgrade', upgrades)}
}
refreshed=no
if ! fresh; then
  if refresh; then refreshed=yes; else refreshed=failed; fi
fi
if [ $refreshed = failed ] && ${mustRefresh ? sh`:` : sh`false`}; then
  fail "the repositories' metadata can't be refreshed: "
fi
if install; then exit 0; fi
if [ $refreshed = no ] && grep -Eq 'Unable to find a match|No match for argument|No package .* available' "$log"; then
  if ! refresh; then fail "the repositories' metadata can't be refreshed: "; fi
  if install; then exit 0; fi
fi
fail`,
  )
}

/** Removes only the named packages, and keeps their unused dependencies. @see dnf(8) */
export function dnfRemove(names: readonly string[], settings: TransactionOptions): Script {
  return lines(
    common(settings),
    sh`unlocked "$tool" -y --setopt=clean_requirements_on_remove=False remove ${names} || fail`,
  )
}
