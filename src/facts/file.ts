import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { utf8Text, type ByteString } from '../core/bytes.ts'
import { absent, isKnown, type Absent, type Fact, type Unknown } from '../core/fact.ts'
import { MaskedText } from '../core/secret.ts'
import { sh, type Script } from '../core/shell.ts'
import { predict, run, type Attributes, type Change, type RemoveStep, type Step, type WriteStep } from '../core/step.ts'

/** What stands at a path, links followed. */
export interface FileState extends Attributes {
  readonly type: 'file' | 'directory' | 'other'
  /** What a regular file holds; only its digest where the file is secret or too large to carry. */
  readonly content?: ByteString
  readonly sha256?: string
}

const typeBits: Readonly<Record<string, FileState['type']>> = { '8': 'file', '4': 'directory' }

/** Bytes up to which a file's content is read; of a larger one the digest is. */
const contentLimit = 1_048_576

/** A file with its content. `exec`, as a process less for each file of a thousand hosts counts. */
export function file(path: string): Fact<FileState | Absent> {
  return fileFact(
    `file:${path}`,
    path,
    sh`if [ "$size" -le ${contentLimit} ]; then echo content; exec cat "$path"; fi
echo digest; exec sha256sum <"$path"`,
  )
}

/** A file that holds a secret: its content stays on the host, only the digest is read. */
export function secretFile(path: string): Fact<FileState | Absent> {
  return fileFact(`secretFile:${path}`, path, sh`echo digest; exec sha256sum <"$path"`)
}

/** Facts by key: a thousand hosts that hold the same files share them. */
const known = new Map<string, Fact<FileState | Absent>>()

function fileFact(key: string, path: string, readContent: Script): Fact<FileState | Absent> {
  const fact = known.get(key) ?? {
    key,
    script: sh`path=${path}
[ -e "$path" ] || { echo absent; exit 0; }
found=$(${stat} "$path") || exit 1
${splitFound}
printf '%s\n' "$1"
[ -f "$path" ] || exit 0
size=$2
${readContent}`,
    batch: {
      kind: key.slice(0, key.indexOf(':')),
      item: path,
      script: (paths, mark) => readFiles(paths, readContent, mark),
    },
    parse: parseFile,
  }
  known.set(key, fact)
  return fact
}

/** Two lines a file, as the names of groups may have spaces. */
const stat = sh`stat -L -c '%f %U %G
%s'`

const splitFound = sh`set -f
IFS='
'
set -- $found`

/** Many files, and one stat for all of them; it fails where one of them goes meanwhile. */
function readFiles(paths: readonly string[], readContent: Script, mark: string): Script {
  return sh`missing=/
set --
for path in ${paths}; do
  if [ -e "$path" ]; then set -- "$@" "$path"; else missing="$missing
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
    printf '%s\n' "$1"
    size=$2
    if [ -f "$path" ]; then ( ${readContent} ) || exit 1; fi
    shift 2 ;;
  esac
  printf '\n%s\n' ${mark}
done`
}

function parseFile(stdout: ByteString): FileState | Absent {
  const [head = '', kind, ...rest] = splitLines(stdout, 2)
  if (head === 'absent') return absent
  const [bits = '', owner = '', ...words] = head.split(' ')
  if (!/^[0-9a-f]{4}$/.test(bits)) throw new Error(`stat printed ${JSON.stringify(head)}`)
  const mode = (parseInt(bits, 16) & 0o7777).toString(8).padStart(4, '0')
  const state = { type: typeBits[bits[0] ?? ''] ?? 'other', mode, owner, group: words.join(' ') } as const
  if (kind === 'content') return { ...state, content: rest.join('') }
  if (kind === 'digest') return { ...state, sha256: rest.join('').slice(0, 64) }
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

const same: MaskContent = content => content
const hidden: MaskContent = () => '********'

/** A regular file as a module wants it. */
export interface WantedFile extends Attributes {
  readonly path: string
  readonly content: ByteString
  /** Checks the new file, whose path it gets as `$1`, before it takes the old one's place. */
  readonly validate?: Script
  /** Masks the secrets in the wanted content, and in what it replaces, before anyone sees it. */
  readonly mask?: MaskContent
  /** The content is a secret as a whole: no diff is shown. */
  readonly secret?: boolean
}

/** The steps that make a file as wanted; none when it is. `fact` must be the one that `current` was read by. */
export function convergeFile(
  fact: Fact<FileState | Absent>,
  wanted: WantedFile,
  current: FileState | Absent | Unknown,
): readonly Step[] {
  const { path, mode, owner, group, secret = false, mask = secret ? hidden : same } = wanted
  const content = new MaskedText(wanted.content, mask(wanted.content))
  if (
    isKnown(current) &&
    current?.type === 'file' &&
    hasContent(current, wanted.content) &&
    sameAttributes(current, wanted)
  )
    return []
  const before = isKnown(current) && current?.type !== 'file' ? absent : current
  const next: FileState = { type: 'file', mode, owner, group, ...contentLike(fact, wanted.content) }
  const step: WriteStep = {
    kind: 'write',
    path,
    content,
    mode,
    owner,
    group,
    ...(wanted.validate && { validate: wanted.validate }),
    before: printsMasked(before, mask),
    change: fileChange(path, before, next, mask, secret),
    predicts: [predict(fact, printsMasked(next, mask))],
  }
  return [step]
}

/** The step that removes a file; none when there is none. */
export function removeFile(
  fact: Fact<FileState | Absent>,
  path: string,
  current: FileState | Absent | Unknown,
  options: Pick<WantedFile, 'mask' | 'secret'> = {},
): readonly Step[] {
  const { secret = false, mask = secret ? hidden : same } = options
  if (current === absent) return []
  const step: RemoveStep = {
    kind: 'remove',
    path,
    before: printsMasked(current, mask),
    change: fileChange(path, current, absent, mask, secret),
    predicts: [predict(fact, absent)],
  }
  return [step]
}

/** The step that gives what stands at a path its attributes; none when it has them. */
export function convergeAttributes(
  fact: Fact<FileState | Absent>,
  path: string,
  wanted: Partial<Attributes>,
  current: FileState | Unknown,
): readonly Step[] {
  const isRight = (key: keyof Attributes): boolean =>
    wanted[key] === undefined || (isKnown(current) && current[key] === wanted[key])
  if (isRight('owner') && isRight('group') && isRight('mode')) return []
  const show = ({ mode, owner, group }: Partial<Attributes>): string =>
    [mode, owner === undefined && group === undefined ? undefined : `${owner ?? ''}:${group ?? ''}`]
      .filter(Boolean)
      .join(' ')
  const setScript = (
    attributes: Partial<Attributes>,
  ): Script => sh`${attributes.owner === undefined ? sh`:` : sh`chown ${attributes.owner} ${path}`}
${attributes.group === undefined ? sh`:` : sh`chgrp ${attributes.group} ${path}`}
${attributes.mode === undefined ? sh`:` : sh`chmod ${attributes.mode} ${path}`}`
  const before = isKnown(current) ? show(current) : 'unknown'
  const after = show(isKnown(current) ? { ...current, ...wanted } : wanted)
  return [
    run({
      // The same words whichever of the attributes differ: a check that can't know which one announces this step too.
      change: { what: path, from: before, to: after, ...attributeChanges(current, wanted) },
      script: setScript(wanted),
      undo: isKnown(current)
        ? {
            change: { what: path, from: after, to: before, ...attributeChanges({ ...current, ...wanted }, current) },
            script: setScript(current),
          }
        : { impossible: 'the attributes before are not known' },
      predicts: [predict(fact, isKnown(current) ? { ...current, ...wanted } : current)],
    }),
  ]
}

function hasContent(state: FileState, content: ByteString): boolean {
  return state.content === undefined ? state.sha256 === sha256(content) : state.content === content
}

function contentLike(fact: Fact<FileState | Absent>, content: ByteString): Pick<FileState, 'content' | 'sha256'> {
  const asDigest = fact.key.startsWith('secretFile:') || content.length > contentLimit
  return asDigest ? { sha256: sha256(content) } : { content }
}

function sameAttributes(a: Attributes, b: Attributes): boolean {
  return a.mode === b.mode && a.owner === b.owner && a.group === b.group
}

type MaskContent = (content: ByteString) => ByteString

/** The same state to code, and with its secrets masked to whoever prints it, as a `Secret` is. */
function printsMasked<T extends Absent | Unknown>(state: FileState | T, mask: MaskContent): FileState | T {
  if (typeof state !== 'object' || state === absent || state.content === undefined) return state
  const show = { value: () => ({ ...state, content: mask(state.content ?? '') }) }
  return Object.defineProperties({ ...state }, { toJSON: show, [inspect.custom]: show })
}

/**
 * What a person reads of a file's change. Digests are of the masked content: the digest of a file that holds a short
 * secret would give the secret away.
 */
function fileChange(
  path: string,
  from: FileState | Absent | Unknown,
  to: FileState | Absent,
  mask: MaskContent,
  secret = false,
): Change {
  const show = (state: FileState | Absent | Unknown): string => describe(state, mask, secret)
  const text = (state: FileState | Absent | Unknown): string =>
    isKnown(state) && state !== absent ? utf8Text(mask(state.content ?? '')) : ''
  const sameText = isKnown(from) && show(from) === show(to)
  return {
    what: path,
    from: sameText ? `${show(from)} with another secret` : show(from),
    to: show(to),
    ...(!secret && text(from) !== text(to) && { diff: { before: text(from), after: text(to) } }),
    ...(to !== absent && attributeChanges(from, to)),
  }
}

/** What differs between the attributes of a file that is there and those that it gets. */
function attributeChanges(from: FileState | Absent | Unknown, to: Partial<Attributes>): Pick<Change, 'attributes'> {
  if (!isKnown(from) || from === absent) return {}
  const attributes = (['mode', 'owner', 'group'] as const).flatMap(name => {
    const wanted = to[name]
    return wanted === undefined || wanted === from[name] ? [] : [{ name, from: from[name], to: wanted }]
  })
  return attributes.length > 0 ? { attributes } : {}
}

function describe(state: FileState | Absent | Unknown, mask: MaskContent, secret: boolean): string {
  if (!isKnown(state)) return 'unknown'
  if (state === absent) return 'absent'
  const { content, sha256: digest = content === undefined ? undefined : sha256(mask(content)) } = state
  // Of a large file only the whole content's digest is known, secrets and all.
  const isHidden = secret || (content === undefined && mask !== same)
  const shown = isHidden ? ['secret'] : digest === undefined ? [state.type] : [`sha256 ${digest.slice(0, 12)}`]
  return [...shown, state.mode, `${state.owner}:${state.group}`].join(' ')
}
