import { posix } from 'node:path'
import type { Fact, Lock, Place } from '../core/fact.ts'
import { sh, type Script } from '../core/shell.ts'
import { resolveFunction } from './file-links.ts'

/** Bytes of free space below which it is told. */
const scarce = 64 * 1_048_576

/** Facts by path: a thousand hosts that hold the same files share them. */
const known = new Map<string, Fact<Place>>()

/**
 * What would keep a file from being written or removed at a path: it or its folder is immutable, the file system is
 * read-only or full, or there is no folder. Nothing is written to find out. A link counts as what it names.
 * @see access(2), chattr(1), statfs(2)
 */
export function placeOf(path: string): Fact<Place> {
  const fact = known.get(path) ?? {
    key: `place:${path}`,
    script: readPlaces([path], sh`:`),
    batch: { kind: 'place', item: path, script: readPlaces },
    parse: parsePlace,
  }
  known.set(path, fact)
  return fact
}

/** One stat and one lsattr for all paths; all else is the shell's own, as long as nothing is wrong. */
function readPlaces(paths: readonly string[], end: Script): Script {
  return sh`${resolveFunction}
user=$(id -u)
look() {
  full=$(stat -f -c '%S %f %a %c %d %n' -- "$@" 2>/dev/null | while read -r size free some all inodes name; do
    [ "$user" = 0 ] || free=$some
    # A file system that counts no inodes says 0 of 0.
    if [ "$all" != 0 ] && [ "$inodes" = 0 ]; then free=0; fi
    free=$((free * size))
    if [ "$free" -lt ${scarce} ]; then echo "$free $name"; fi
  done)
  locked=$(lsattr -d -- "$@" 2>/dev/null | while read -r flags name; do
    case $flags in
    *i*) echo "immutable $name" ;;
    *a*) echo "append-only $name" ;;
    esac
  done)
}
look ${[...new Set(paths.map(path => posix.dirname(path)))]} ${paths}
folder=
for word in ${paths.flatMap(path => [posix.dirname(path), path])}; do
  if [ -z "$folder" ]; then folder=$word; continue; fi
  path=$word
  resolve "$path"
  if [ "$real" != "$path" ]; then
    path=$real
    folder=$(dirname "$path")
    look "$folder" "$path"
  fi
  if [ -e "$folder" ] && [ ! -d "$folder" ]; then echo "not-a-directory $folder"; fi
  if [ ! -e "$folder" ]; then
    echo "no-folder $folder"
    while [ ! -e "$folder" ]; do folder=$(dirname "$folder"); done
  fi
  for what in "$folder" "$path"; do
    [ -z "$locked" ] || printf '%s\n' "$locked" | while read -r word name; do
      [ "$name" != "$what" ] || echo "$word $what"
    done
    # Root may write everything that can be written. Who is not root replaces a file by the rights on its folder alone.
    if [ -e "$what" ] && [ ! -w "$what" ]; then
      if [ "$user" = 0 ]; then echo "read-only $what"
      elif [ "$what" = "$folder" ]; then echo "not-permitted $what"
      fi
    fi
  done
  [ -z "$full" ] || printf '%s\n' "$full" | while read -r free name; do
    if [ "$name" = "$folder" ]; then echo "free $free"; fi
  done
  folder=
  ${end}
done`
}

const locks: readonly string[] = ['immutable', 'append-only', 'read-only', 'not-permitted', 'not-a-directory']

function parsePlace(stdout: string): Place {
  const lines = stdout.split('\n').filter(Boolean)
  const found = lines.map(line => {
    const [, word = '', rest = ''] = /^([a-z-]+) (.+)$/.exec(line) ?? []
    if (![...locks, 'no-folder', 'free'].includes(word))
      throw new Error(`the shell printed ${JSON.stringify(line.slice(0, 80))}`)
    return { word, rest }
  })
  const locked = found.find(({ word }) => locks.includes(word))
  const missing = found.find(({ word }) => word === 'no-folder')
  const full = found.find(({ word }) => word === 'free')
  return {
    ...(locked && { locked: { path: locked.rest, by: locked.word as Lock } }),
    ...(missing && { missing: missing.rest }),
    ...(full && { free: Number(full.rest) }),
  }
}
