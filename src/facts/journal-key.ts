import { absent, type Absent, type Fact } from '../core/fact.ts'
import type { Secret } from '../core/secret.ts'
import { sh, type Script } from '../core/shell.ts'
import { ownFolder } from './own-folder.ts'

/**
 * Where a host keeps its key: root's own place, or the user's where haq is not root. A machine that has several names in
 * an inventory has a key for each of them, as a run works on all of them at once.
 */
const pathOf = (host: string): Script => sh`${ownFolder}; key="$haq_own/"${`journal-key-${encodeURIComponent(host)}`}`

/**
 * The key of a host, with which the digests of its facts are made that a journal keeps. It stays on the host, so that
 * nobody who has only the journal can guess a short secret by its digest.
 */
export const journalKey = (host: string): Fact<string | Absent> => ({
  key: `journalKey:${host}`,
  script: sh`${pathOf(host)}
if [ -f "$key" ]; then read -r key <"$key" || :; printf '%s\n' "$key"; fi`,
  // A damaged key is replaced by the next change; what was digested with it counts as changed.
  parse: stdout => (/^[0-9a-f]{64}\n$/.test(stdout) ? stdout.trim() : absent),
})

/** Keeps a new key on its host, for its user alone. */
export function keepJournalKey(host: string, key: Secret): Script {
  return sh`( ${pathOf(host)}
umask 077
mkdir -p "$haq_own" && printf '%s\n' ${key} >"$key" ) || exit 1`
}

/**
 * Prints the digest of what the script of a fact prints, as a journal has it; the exit status is that of the script.
 * @param host its name in the inventory
 * @param run the id of the run whose journal has the digest
 * @param fact the key of the fact
 */
export function digestScript(host: string, run: string, fact: string, script: Script): Script {
  return sh`{ haq_status=$( { {
  ( ${pathOf(host)}; if [ -f "$key" ]; then read -r key <"$key" || :; else key=; fi; printf '%s\n%s\n%s\n' "$key" ${run} ${fact} )
  ( ${script}
  )
  echo $? >&4
} | sha256sum >&3; } 4>&1 ); } 3>&1
exit "$haq_status"`
}
