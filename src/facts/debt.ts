import { utf8Text } from '../core/bytes.ts'
import type { Fact } from '../core/fact.ts'
import { sh, type Script } from '../core/shell.ts'
import { ownFolder } from './own-folder.ts'

/** Where a host keeps what its handlers are owed: root's own place, or the user's where haq is not root. */
const folder = sh`${ownFolder}; owed=$haq_own/owed`

/** Whether the host still owes a handler: something changed and the handler has not run since. */
export function debt(name: string): Fact<boolean> {
  return {
    key: `debt:${name}`,
    script: isOwed([name], sh`:`),
    batch: { kind: 'debt', item: name, script: isOwed },
    parse: stdout => stdout.trim() === 'owed',
  }
}

function isOwed(names: readonly string[], end: Script): Script {
  return sh`${folder}
for name in ${names}; do
  if [ -e "$owed/$name" ]; then echo owed; fi
  ${end}
done`
}

/** The names of everything that the host owes to handlers, whoever knows them. */
export const debts: Fact<readonly string[]> = {
  key: 'debts',
  script: sh`${folder}
cd "$owed" 2>/dev/null || exit 0
for name in *; do if [ -e "$name" ]; then echo "$name"; fi; done`,
  parse: stdout => utf8Text(stdout).split('\n').filter(Boolean),
}

/** Writes a debt down on the host. */
export function owe(name: string): Script {
  return sh`${folder}
mkdir -p "$owed" && : >"$owed/"${name} || exit 1`
}

/** Strikes a debt out, once its handler has run. */
export function settle(name: string): Script {
  return sh`${folder}
rm -f "$owed/"${name}
rmdir "$owed" "$(dirname "$owed")" 2>/dev/null || :`
}
