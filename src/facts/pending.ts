import { utf8Text } from '../core/bytes.ts'
import type { Fact } from '../core/fact.ts'
import { sh, type Script } from '../core/shell.ts'
import { ownFolder } from './own-folder.ts'

/**
 * Where a host keeps the names of what is pending on it, such as a handler that was notified and has not run: one empty
 * file each, in root's own place, or in the user's where haq is not root.
 */
const folder = sh`${ownFolder}; owed=$haq_own/owed`

/** Whether something of this name is pending on the host: it was marked, by this run or an earlier one, and not cleared. */
export function isPending(name: string): Fact<boolean> {
  return {
    key: `pending:${name}`,
    script: isMarked([name], sh`:`),
    batch: { kind: 'pending', item: name, script: isMarked },
    parse: stdout => stdout.trim() === 'pending',
  }
}

/** The name that a fact made by `isPending` is about; `undefined` for any other fact. */
export function pendingName({ key }: Fact<unknown>): string | undefined {
  return key.startsWith('pending:') ? key.slice('pending:'.length) : undefined
}

function isMarked(names: readonly string[], end: Script): Script {
  return sh`${folder}
for name in ${names}; do
  if [ -e "$owed/$name" ]; then echo pending; fi
  ${end}
done`
}

/** The names of everything that is pending on the host, also of what no playbook of today knows. */
export const allPending: Fact<readonly string[]> = {
  key: 'all-pending',
  script: sh`${folder}
cd "$owed" 2>/dev/null || exit 0
for name in *; do if [ -e "$name" ]; then echo "$name"; fi; done`,
  parse: stdout => utf8Text(stdout).split('\n').filter(Boolean),
}

/** Marks something as pending on the host. */
export function markPending(name: string): Script {
  return sh`${folder}
mkdir -p "$owed" && : >"$owed/"${name} || exit 1`
}

/** Says that something is no longer pending, such as a handler that has run. */
export function clearPending(name: string): Script {
  return sh`${folder}
rm -f "$owed/"${name}
rmdir "$owed" "$(dirname "$owed")" 2>/dev/null || :`
}
