import { posix } from 'node:path'
import { sh, type Script } from '../core/shell.ts'

/**
 * Defines `resolve`, which sets `$real` to the path that it is given with all links followed, the last part's too. A link
 * of an unprivileged user anywhere on the way ends the script: what it leads to is theirs to choose, and root would read,
 * show and write it for them. A user who is not root follows their own links. As long as there are no links, no program
 * is started.
 */
export const resolveFunction = sh`resolve() {
  asked=$1
  real=
  hops=0
  set -f
  IFS=/
  set -- $1
  unset IFS
  while [ $# -gt 0 ]; do
    part=$1
    shift
    case $part in
    '' | .) continue ;;
    ..)
      real=$(dirname "/$real")
      case $real in / | //) real= ;; esac
      continue ;;
    esac
    link=$real/$part
    if [ ! -L "$link" ]; then real=$link; continue; fi
    owner=$(stat -c %u "$link") || exit 1
    if [ "$owner" != 0 ] && [ "$owner" != "$(id -u)" ]; then
      echo "$link is a link of user $owner; haq follows only links of root and of its own user" >&2
      exit 1
    fi
    hops=$((hops + 1))
    if [ "$hops" -gt 40 ]; then echo "$asked is a link that leads nowhere" >&2; exit 1; fi
    target=$(readlink "$link") || exit 1
    case $target in /*) real= ;; esac
    for rest in "$@"; do target=$target/$rest; done
    IFS=/
    set -- $target
    unset IFS
  done
  set +f
  [ -n "$real" ] || real=/
  if [ ! -e "$real" ] && [ -L "$asked" ] && [ ! -d "$(dirname "$real")" ]; then
    echo "$asked is a link that leads nowhere" >&2
    exit 1
  fi
}`

/**
 * Goes into the folder of a path, so that the file is `./$name` from there on, and `$path` with all links followed.
 * Whoever owns a folder on the way can put a link in its place at any time; but the folder that the shell is in stays the
 * same, and that it is the right one is looked at once the shell is in it.
 * @param follow whether the file that a link at the path names is meant, or the link
 */
export function enterFolder(path: string, follow: boolean): Script {
  return sh`${resolveFunction}
${follow ? sh`resolve ${path}` : sh`resolve ${posix.dirname(path)}`}
${follow ? sh`path=$real` : sh`path=$real/${posix.basename(path)}`}
${enter}`
}

const enter = sh`folder=$(dirname "$path")
name=$(basename "$path")
if [ ! -d "$folder" ]; then echo "there is no folder $folder" >&2; exit 1; fi
cd -P "$folder" || exit 1
if [ "$(pwd -P)" != "$folder" ]; then echo "somebody put a link in the place of $folder" >&2; exit 1; fi`

/** Makes a folder and those above it that are missing; a link of an unprivileged user is not followed. */
export function makeFolders(path: string): Script {
  return sh`${resolveFunction}
resolve ${path}
mkdir -p "$real"`
}

/**
 * Opens the file or folder at `./$name` as descriptor 7, for chown and chmod by `$opened`: a link that somebody puts in
 * its place is not followed. Comes after `enterFolder`.
 */
export const openFile = sh`if [ ! -f "./$name" ] && [ ! -d "./$name" ]; then opened=./$name; else
  exec 7<"./$name"
  opened=/proc/self/fd/7
  if [ ! -e "$opened" ]; then opened=./$name
  elif [ "$(readlink "$opened")" != "$path" ]; then echo "somebody put a link in the place of $path" >&2; exit 1
  fi
fi`
