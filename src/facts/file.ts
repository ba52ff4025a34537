import { createHash } from 'node:crypto'
import { quoted, type ByteString } from '../core/bytes.ts'
import { absent, type Absent, type Fact } from '../core/fact.ts'
import { sh, type Script } from '../core/shell.ts'
import type { Attributes } from '../core/step.ts'
import { placeOf } from './place.ts'
import { resolveFunction } from './file-links.ts'

/** A regular file that was read whole. */
export interface WholeFile {
  readonly type: 'file'
  readonly content: ByteString
}

/** A regular file of which only the digest was read, because it is secret or large: what it holds is not known. */
export interface DigestedFile {
  readonly type: 'file'
  readonly sha256: string
}

/** Owner and group by number, as the host has them; a state that is predicted has none. */
export interface Ids {
  readonly uid?: string
  readonly gid?: string
}

interface NoFile {
  readonly type: 'directory' | 'other'
}

/**
 * What stands at a path, links followed. A file that was not read whole has no `content`, so that nobody takes it for an
 * empty one.
 */
export type FileState = Attributes & Ids & (WholeFile | DigestedFile | NoFile)

/** What a module that edits finds at a path: a regular file is read whole, or the fact fails. */
export type EditableState = Attributes & Ids & (WholeFile | NoFile)

/** Bytes up to which a file is read whole by a module that edits it. */
export const editLimit = 16 * 1_048_576

/** Bytes up to which a file's content is read; of a larger one the digest is. */
export const contentLimit = 1_048_576

/** A file with its content. `exec`, as a process less for each file of a thousand hosts counts. */
export function file(path: string): Fact<FileState | Absent> {
  return fileFact(
    `file:${path}`,
    path,
    sh`if [ "$size" -le ${contentLimit} ]; then echo content; exec cat "$path"; fi
echo digest; exec sha256sum <"$path"`,
    parseFile,
  )
}

/**
 * A file that a module edits: read whole, up to 16 MiB. A larger one fails with a sentence that says so, because what was
 * not read can't be kept.
 */
export function editableFile(path: string): Fact<EditableState | Absent> {
  return fileFact(
    `editableFile:${path}`,
    path,
    sh`if [ "$size" -gt ${editLimit} ]; then
  echo "$path has $size bytes, and haq edits files of up to ${editLimit}" >&2
  exit 1
fi
echo content; exec cat "$path"`,
    parseEditable,
    [file(path)],
  )
}

/** A file that holds a secret: its content stays on the host, only the digest is read. */
export function secretFile(path: string): Fact<FileState | Absent> {
  return fileFact(`secretFile:${path}`, path, sh`echo digest; exec sha256sum <"$path"`, parseFile)
}

/** Facts by key: a thousand hosts that hold the same files share them. */
const known = new Map<string, Fact<unknown>>()

function fileFact<T>(
  key: string,
  path: string,
  readContent: Script,
  parse: (stdout: ByteString) => T,
  dependsOn: readonly Fact<unknown>[] = [],
): Fact<T> {
  const shared = known.get(key) as Fact<T> | undefined
  const fact = shared ?? {
    key,
    script: sh`${resolveFunction}
resolve ${path}
path=$real
if [ ! -e "$path" ]; then echo absent; exit 0; fi
found=$(${stat} "$path") || exit 1
${splitFound}
printf '%s\n' "$1"
[ -f "$path" ] || exit 0
size=$2
${readContent}`,
    batch: {
      kind: key.slice(0, key.indexOf(':')),
      item: path,
      script: (paths, end) => readFiles(paths, readContent, end),
    },
    parse,
    place: placeOf(path),
    ...(dependsOn.length > 0 && { dependsOn }),
  }
  known.set(key, fact)
  return fact
}

/** Two lines a file, as the names of groups may have spaces. */
const stat = sh`stat -L -c '%f %u %g %U %G
%s'`

const splitFound = sh`set -f
IFS='
'
set -- $found`

/** Many files, and one stat for all of them; it fails where one of them goes meanwhile. */
function readFiles(paths: readonly string[], readContent: Script, end: Script): Script {
  return sh`${resolveFunction}
missing=/
set --
for path in ${paths}; do
  resolve "$path"
  if [ -e "$real" ]; then set -- "$@" "$real"; else missing="$missing
$path
"; fi
done
found=
if [ $# -gt 0 ]; then found=$(${stat} "$@") || exit 1; fi
${splitFound}
for path in ${paths}; do
  case $missing in
  *"
$path
"*) echo absent ;;
  *)
    resolve "$path"
    path=$real
    printf '%s\n' "$1"
    size=$2
    if [ -f "$path" ]; then ( ${readContent} ) || exit 1; fi
    shift 2 ;;
  esac
  ${end}
done`
}

function parseFile(stdout: ByteString): FileState | Absent {
  const [head = '', kind, ...rest] = splitLines(stdout, 2)
  if (head === 'absent') return absent
  const [, bits = '', uid = '', gid = '', user = '', groupName = ''] =
    /^([0-9a-f]{4}) (\d+) (\d+) (\S+) (.+)$/.exec(head) ?? []
  if (bits === '') throw new Error(`stat printed ${quoted(head)}`)
  const mode = (parseInt(bits, 16) & 0o7777).toString(8).padStart(4, '0')
  // stat says UNKNOWN where a number has no name on this host.
  const owner = user === 'UNKNOWN' ? uid : user
  const group = groupName === 'UNKNOWN' ? gid : groupName
  const attributes = { mode, owner, group, uid, gid } as const
  if (!bits.startsWith('8')) return { ...attributes, type: bits.startsWith('4') ? 'directory' : 'other' }
  const found = rest.join('')
  if (kind === 'content') return { ...attributes, type: 'file', content: found }
  const [digest] = /^[0-9a-f]{64}/.exec(found) ?? []
  if (kind !== 'digest' || digest === undefined) throw new Error('the content of a file was not read')
  return { ...attributes, type: 'file', sha256: digest }
}

function parseEditable(stdout: ByteString): EditableState | Absent {
  const state = parseFile(stdout)
  if (state !== absent && 'sha256' in state) throw new Error('the file was not read whole')
  return state
}

/** The first `count` lines, and the rest as it is. */
function splitLines(text: string, count: number): readonly string[] {
  const parts: string[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    const end = text.indexOf('\n', at)
    if (end < 0) return [...parts, ...(at < text.length ? [text.slice(at)] : [])]
    parts.push(text.slice(at, end))
    at = end + 1
  }
  return [...parts, text.slice(at)]
}

export function sha256(content: ByteString): string {
  return createHash('sha256').update(content, 'latin1').digest('hex')
}

/** The digest of what a file holds; `undefined` where there is no regular file. */
export function digestOf(state: FileState | Absent): string | undefined {
  if (state === absent) return undefined
  if ('content' in state) return sha256(state.content)
  return 'sha256' in state ? state.sha256 : undefined
}
