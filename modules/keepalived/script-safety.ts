import { absent, type Absent, type Fact, sh, file } from 'haq'

/**
 * Why a script is not safe to be run by root: who else than root could change it, or one of the folders that lead to it,
 * by its own path or by the one that links lead to. Empty when nobody could; absent where there is no such file. Only
 * this is what keepalived calls secure; since 2.3 a folder of the path must not be a link either, as /bin is.
 *
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

/** Type and permission bits, as stat(2) has them. */
const bits = { type: 0xf000, link: 0xa000, folder: 0x4000, sticky: 0x200, group: 0x10, others: 0x2 } as const

/** One line of stat: who could change what it names. */
function troubleOf(line: string): readonly string[] {
  if (line.startsWith('!')) return [line.slice(1)]
  const [, mode, uid, gid, owner, path] = /^([0-9a-f]+) (\d+) (\d+) (\S+) (.*)$/.exec(line) ?? []
  if (mode === undefined || path === undefined) throw new Error(`stat printed ${JSON.stringify(line)}`)
  if (uid !== '0') return [`${path} belongs to ${owner}`]
  const has = parseInt(mode, 16)
  const type = has & bits.type
  // What stands in a sticky folder is changed by its owner only, and a link by its folder's.
  if (type === bits.link || (type === bits.folder && has & bits.sticky)) return []
  if (has & bits.others) return [`${path} can be written by everybody`]
  return has & bits.group && gid !== '0' ? [`${path} can be written by its group`] : []
}
