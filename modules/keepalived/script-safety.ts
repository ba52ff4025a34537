import { absent, file, quoted, sh, type Absent, type Fact } from 'haq'

/**
 * Why a script is not safe to run as root: other users can change it, or one of the directories above it. Links are
 * followed, and both paths are checked. Empty if only root can change the script. Absent if the file does not exist.
 * keepalived calls a script secure only under this condition. Since 2.3, keepalived also refuses a path with a linked
 * directory, such as /bin.
 * @param path absolute path of the program
 * @see keepalived.conf(5), enable_script_security
 */
export function scriptSafety(path: string): Fact<readonly string[] | Absent> {
  return {
    key: `scriptSafety:${path}`,
    script: sh`path=${path}
[ -e "$path" ] || { echo absent; exit 0; }
[ -x "$path" ] || echo '!not executable'
real=$(readlink -f -- "$path")
folder=$(dirname -- "$path")
if [ "$(readlink -f -- "$folder")" != "$folder" ]; then echo "!$folder leads through a link: $real does not"; fi
set -- /
for whole in "$path" "$real"; do
  part=
  IFS=/; set -f
  for name in $whole; do
    [ -n "$name" ] || continue
    part=$part/$name
    set -- "$@" "$part"
  done
done
found=$(stat -c '%f %u %g %U %n' -- "$@") || exit 1
printf '%s\n' "$found" | sort -u`,
    parse: stdout => {
      if (stdout === 'absent\n') return absent
      return stdout.split('\n').filter(Boolean).flatMap(troubleOf)
    },
    dependsOn: [file(path)],
  }
}

/** File type and permission bits, as in stat(2). */
const bits = { type: 0xf000, link: 0xa000, folder: 0x4000, sticky: 0x200, group: 0x10, others: 0x2 } as const

/** Reads one line of stat, and says who could change the file. */
function troubleOf(line: string): readonly string[] {
  if (line.startsWith('!')) return [line.slice(1)]
  const [, mode, uid, gid, owner, path] = /^([0-9a-f]+) (\d+) (\d+) (\S+) (.*)$/.exec(line) ?? []
  if (mode === undefined || path === undefined) throw new Error(`stat printed ${quoted(line)}`)
  if (uid !== '0') return [`${path} belongs to ${owner}`]
  const has = parseInt(mode, 16)
  const type = has & bits.type
  // In a sticky directory only the owner of a file can change it. A link can be changed only by whoever can write its
  // directory.
  if (type === bits.link || (type === bits.folder && has & bits.sticky)) return []
  if (has & bits.others) return [`${path} can be written by everybody`]
  return has & bits.group && gid !== '0' ? [`${path} can be written by its group`] : []
}
