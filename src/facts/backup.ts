import type { Fact } from '../core/fact.ts'
import { sh, type Script } from '../core/shell.ts'
import type { Attributes } from '../core/step.ts'
import { enterFolder } from './file-links.ts'
import { ownFolder } from './own-folder.ts'

/** Where a host keeps the files that runs replaced: root's own place, or the user's where haq is not root. */
const folder = sh`${ownFolder}; undo=$haq_own/undo`

/** Runs whose old files a host keeps. */
const kept = 20

/** A backup of an old file on its host: the run that replaced the file, and the backup's name among those of that run. */
export interface Backup {
  readonly run: string
  readonly name: string
}

/**
 * Backs up what stands at a path, so that the run can be undone. The bytes may be a secret and never leave the host. A
 * backup that can't be made, as on a full disk, does not fail the step; the undo then finds no backup and says so.
 * @param follow whether the file that a link names is meant, or the link
 */
export function backUp({ run, name }: Backup, path: string, follow: boolean): Script {
  return sh`( ${folder}
umask 077
${enterFolder(path, follow)}
[ -f "./$name" ] || [ -L "./$name" ] || exit 0
if [ ! -d "$undo/"${run} ]; then
  mkdir -p "$undo/"${run} || exit 0
  ls -1 "$undo" | sort -r | tail -n ${`+${kept + 1}`} | while read -r gone; do
    # With a clock that was wrong, the newest need not be the last by its name.
    [ "$gone" = ${run} ] || rm -rf "$undo/$gone"
  done
fi
new="$undo/"${run}/${name}.new
cp -pP "./$name" "$new" && { [ -L "$new" ] || sync "$new"; } && mv -f "$new" "$undo/"${run}/${name} || rm -f "$new"
) 2>/dev/null || :`
}

/** A backup, what stands at its path now, and whether the two are equal. */
export interface BackupState {
  /** What there was before the run; `gone` when the host no longer keeps the backup. */
  readonly before: 'absent' | 'link' | 'gone' | Attributes
  readonly current: 'absent' | 'link' | Attributes
  readonly same: boolean
}

/**
 * Compares a path with what it held before a run.
 * @param backup `undefined` when there was no file before the run
 */
export function backedUpFile(path: string, backup: Backup | undefined): Fact<BackupState> {
  return {
    key: `backup:${backup ? `${backup.run}/${backup.name}` : 'absent'}:${path}`,
    script: sh`path=${path}
${backup ? sh`${folder}; old="$undo/"${backup.run}/${backup.name}` : sh`old=`}
show() {
  if [ -z "$1" ]; then echo absent
  elif [ "$1" != "$path" ] && [ -L "$1" ]; then echo link
  elif [ -f "$1" ]; then echo "file $(stat -L -c '%a %U %G %u %g' "$1")"
  elif [ -L "$1" ]; then echo link
  elif [ -e "$1" ]; then echo other
  elif [ "$1" = "$path" ]; then echo absent
  else echo gone
  fi
}
before=$(show "$old"); now=$(show "$path")
echo "$before"; echo "$now"
case $before in
absent) [ "$now" != absent ] || echo same ;;
link) if [ -L "$path" ] && [ "$(readlink "$path")" = "$(readlink "$old")" ]; then echo same; fi ;;
file*) if [ "$before" = "$now" ] && [ "$(sha256sum <"$path")" = "$(sha256sum <"$old")" ]; then echo same; fi ;;
esac`,
    parse: stdout => {
      const [before = '', current = '', same] = stdout.split('\n')
      const state = (word: string) => (word === 'absent' || word === 'link' ? word : parseAttributes(word))
      return { before: before === 'gone' ? before : state(before), current: state(current), same: same === 'same' }
    },
  }
}

function parseAttributes(line: string): Attributes {
  const [kind, mode = '', owner = '', group = '', uid = '', gid = ''] = line.split(' ')
  if (kind !== 'file') throw new Error(`it is something else than a regular file`)
  const name = (word: string, id: string): string => (word === 'UNKNOWN' ? id : word)
  return { mode: mode.padStart(4, '0'), owner: name(owner, uid), group: name(group, gid) }
}

/** Prints the old content of a file. */
export function printBackup({ run, name }: Backup): Script {
  return sh`${folder}
cat "$undo/"${run}/${name}`
}

/** Puts a link back in its place. */
export function restoreLink({ run, name }: Backup, path: string): Script {
  return sh`${folder}
${enterFolder(path, false)}
rm -f "./$name"
cp -pP "$undo/"${run}/${name} "./$name"`
}
