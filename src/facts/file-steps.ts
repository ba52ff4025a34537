import { inspect } from 'node:util'
import { utf8Text, type ByteString } from '../core/bytes.ts'
import { absent, isKnown, unknown, type Absent, type Fact, type Unknown } from '../core/fact.ts'
import { MaskedText } from '../core/secret.ts'
import { sh, type Script } from '../core/shell.ts'
import {
  predict,
  require,
  run,
  type Attributes,
  type Change,
  type Plan,
  type RemoveStep,
  type Requirement,
  type Step,
  type WriteStep,
} from '../core/step.ts'
import { enterFolder, openFile } from './file-links.ts'
import {
  contentLimit,
  digestOf,
  editableFile,
  editLimit,
  file,
  secretFile,
  sha256,
  type DigestedFile,
  type FileState,
  type Ids,
  type WholeFile,
} from './file.ts'
import { hiddenText, hidesOldContent } from './old-content.ts'

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
  /** Such a file may hold secrets that nobody told haq of: what it held before is hidden. */
  readonly holdsSecrets?: boolean
}

/**
 * The plan that makes a file as wanted; empty when it is. Anything but a regular file is refused: a directory, a device, a
 * link to `/dev/null`, with which systemd and sysctl.d mask a file. `fact` must be the one that `current` was read by.
 */
export function convergeFile(
  fact: Fact<FileState | Absent>,
  wanted: WantedFile,
  current: FileState | Absent | Unknown,
): Plan {
  const { path, mode, owner, group, secret = false, mask = secret ? hidden : same } = wanted
  const content = new MaskedText(wanted.content, mask(wanted.content))
  if (
    isKnown(current) &&
    current?.type === 'file' &&
    hasContent(current, wanted.content) &&
    hasAttributes(current, wanted)
  )
    return []
  const attributes = { mode, owner, group }
  const hides = hidesOldContent(wanted, current)
  const next: FileState = { ...attributes, ...contentLike(fact, wanted.content) }
  const step: WriteStep = {
    kind: 'write',
    path,
    content,
    mode,
    owner,
    group,
    ...(wanted.validate && { validate: wanted.validate }),
    before: isKnown(current) && current?.type !== 'file' ? absent : printsMasked(current, hides ? hidden : mask),
    change: fileChange(path, current, next, { mask, secret, hides }),
    predicts: factsOf(path).map(like => predict(like, stateLike(like, attributes, wanted.content, mask, secret))),
  }
  return [...refusesOther(path, current), ...refusesLarge(fact, wanted), step]
}

/** All facts of a file, as a task may write it by one of them and a later one read it by another. */
function factsOf(path: string): readonly Fact<FileState | Absent>[] {
  // The plain fact first: the editable one depends on it.
  return [file(path), editableFile(path), secretFile(path)]
}

/** A file as a fact will read it once it is written. */
function stateLike(
  fact: Fact<FileState | Absent>,
  attributes: Attributes,
  content: ByteString,
  mask: MaskContent,
  secret: boolean,
): FileState | Absent | Unknown {
  const like = contentLike(fact, content)
  // A secret is in no prediction but as its digest, and then nothing that edits the file can be planned.
  if (secret && 'content' in like)
    return isEditable(fact) ? unknown : { ...attributes, type: 'file', sha256: sha256(content) }
  return printsMasked({ ...attributes, ...like }, mask)
}

/** The requirement that nothing but a regular file stands at a path. */
export function regularFile(path: string, current: FileState | Absent | Unknown): Requirement {
  const met = isKnown(current) ? current === absent || current.type === 'file' : unknown
  return require(`${path} is a regular file, or nothing`, met, {
    otherwise: `${path} exists, but is not a regular file`,
    hint: `ls -ld ${path} shows what it is; move it away if nobody needs it`,
    final: true,
  })
}

/** A module that writes what it can't know yet, as its package is not installed, is not held up by that. */
function refusesOther(path: string, current: FileState | Absent | Unknown): readonly Requirement[] {
  return [regularFile(path, current)].filter(({ met }) => met === false)
}

function isEditable({ key }: Fact<FileState | Absent>): boolean {
  return key.startsWith('editableFile:')
}

/** What an edit makes larger than the limit could never be read again to prove it. */
function refusesLarge(fact: Fact<FileState | Absent>, { path, content }: WantedFile): readonly Requirement[] {
  if (!isEditable(fact) || content.length <= editLimit) return []
  return [
    require(`${path} stays within ${editLimit} bytes`, false, {
      otherwise: `${path} would have ${content.length} bytes, and haq edits files of up to ${editLimit}`,
      final: true,
    }),
  ]
}

/** The plan that removes a file; empty when there is none. Anything but a regular file is refused. */
export function removeFile(
  path: string,
  current: FileState | Absent | Unknown,
  options: Pick<WantedFile, 'mask' | 'secret' | 'holdsSecrets'> = {},
): Plan {
  const { secret = false, mask = secret ? hidden : same } = options
  if (current === absent) return []
  const hides = hidesOldContent(options, current)
  const step: RemoveStep = {
    kind: 'remove',
    path,
    before: printsMasked(current, hides ? hidden : mask),
    change: fileChange(path, current, absent, { mask, secret, hides }),
    predicts: factsOf(path).map(like => predict(like, absent)),
  }
  return [...refusesOther(path, current), step]
}

/** The step that gives what stands at a path its attributes; none when it has them. */
export function convergeAttributes(
  fact: Fact<FileState | Absent>,
  path: string,
  wanted: Partial<Attributes>,
  current: FileState | Unknown,
): readonly Step[] {
  const isRight = (key: keyof Attributes): boolean =>
    wanted[key] === undefined || (isKnown(current) && hasAttributes(current, { [key]: wanted[key] }))
  if (isRight('owner') && isRight('group') && isRight('mode')) return []
  const show = ({ mode, owner, group }: Partial<Attributes>): string =>
    [mode, owner === undefined && group === undefined ? undefined : `${owner ?? ''}:${group ?? ''}`]
      .filter(Boolean)
      .join(' ')
  const before = isKnown(current) ? show(current) : 'unknown'
  const after = show(isKnown(current) ? { ...current, ...wanted } : wanted)
  return [
    run({
      // The same words whichever of the attributes differ: a check that can't know which one announces this step too.
      change: { what: path, from: before, to: after, ...attributeChanges(current, wanted) },
      script: setAttributes(path, wanted),
      undo: isKnown(current)
        ? {
            change: { what: path, from: after, to: before, ...attributeChanges({ ...current, ...wanted }, current) },
            script: setAttributes(path, current),
          }
        : { impossible: 'the attributes before are not known' },
      predicts: [predict(fact, isKnown(current) ? withAttributes(current, wanted) : current)],
    }),
  ]
}

/** A script that gives what stands at a path its attributes; a link of an unprivileged user is not followed. */
export function setAttributes(path: string, { owner, group, mode }: Partial<Attributes>): Script {
  return sh`${enterFolder(path, true)}
${openFile}
${owner === undefined ? sh`:` : sh`chown ${owner} "$opened"`}
${group === undefined ? sh`:` : sh`chgrp ${group} "$opened"`}
${mode === undefined ? sh`:` : sh`chmod ${mode} "$opened"`}`
}

/** The state with other attributes; the number of a new owner or group is not known before the run. */
function withAttributes({ uid, gid, ...state }: FileState, wanted: Partial<Attributes>): FileState {
  return {
    ...state,
    ...wanted,
    ...(uid !== undefined && wanted.owner === undefined && { uid }),
    ...(gid !== undefined && wanted.group === undefined && { gid }),
  }
}

function hasContent(state: WholeFile | DigestedFile, content: ByteString): boolean {
  return 'content' in state ? state.content === content : state.sha256 === sha256(content)
}

/** The file as the fact would read it. */
function contentLike(fact: Fact<FileState | Absent>, content: ByteString): WholeFile | DigestedFile {
  const limit = isEditable(fact) ? editLimit : contentLimit
  const isDigested = fact.key.startsWith('secretFile:') || content.length > limit
  return isDigested ? { type: 'file', sha256: sha256(content) } : { type: 'file', content }
}

/** Whether a file has the attributes; owner and group may be wanted by name or by number. */
function hasAttributes(state: Attributes & Ids, { mode, owner, group }: Partial<Attributes>): boolean {
  return (
    (mode === undefined || mode === state.mode) &&
    (owner === undefined || owner === state.owner || isNumber(owner, state.uid)) &&
    (group === undefined || group === state.group || isNumber(group, state.gid))
  )
}

/** Whether a user or group is wanted by its number, which may have leading zeros as chown takes it. */
function isNumber(wanted: string, id: string | undefined): boolean {
  return id !== undefined && /^\d+$/.test(wanted) && Number(wanted) === Number(id)
}

type MaskContent = (content: ByteString) => ByteString

/** The same state to code, and with its secrets masked to whoever prints it, as a `Secret` is. */
function printsMasked<T extends Absent | Unknown>(state: FileState | T, mask: MaskContent): FileState | T {
  if (typeof state !== 'object' || state === absent || !('content' in state)) return state
  const show = { value: () => ({ ...state, content: mask(state.content) }) }
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
  { mask, secret, hides }: { readonly mask: MaskContent; readonly secret: boolean; readonly hides: boolean },
): Change {
  // Old content that is equal to the new one, but for secrets that are masked, is known anyway.
  const shape = (state: FileState | Absent): string | undefined =>
    state !== absent && 'content' in state ? mask(state.content) : digestOf(state)
  const isHidden = hides && isKnown(from) && from?.type === 'file' && shape(from) !== shape(to)
  const show = (state: FileState | Absent | Unknown): string =>
    describe(state, mask, secret ? 'secret' : isHidden && state === from ? 'hidden' : undefined)
  // What was not read is not shown as if it were empty.
  const isShown = (state: FileState | Absent | Unknown): boolean =>
    !isKnown(state) || state === absent || state.type !== 'file' || 'content' in state
  const text = (state: FileState | Absent | Unknown): string =>
    isKnown(state) && state !== absent && 'content' in state ? utf8Text(mask(state.content)) : ''
  const sameText = isKnown(from) && show(from) === show(to)
  const [before, after] = [text(from), text(to)]
  const diff = isHidden ? { before: hiddenText(before, after), after, hidden: 'before' as const } : { before, after }
  return {
    what: path,
    from: sameText ? `${show(from)} with another secret` : show(from),
    to: show(to),
    ...(!secret && isShown(from) && isShown(to) && before !== after && { diff }),
    ...(to !== absent && attributeChanges(from, to)),
  }
}

/** What differs between the attributes of a file that is there and those that it gets. */
function attributeChanges(from: FileState | Absent | Unknown, to: Partial<Attributes>): Pick<Change, 'attributes'> {
  if (!isKnown(from) || from === absent) return {}
  const attributes = (['mode', 'owner', 'group'] as const).flatMap(name => {
    const wanted = to[name]
    return wanted === undefined || hasAttributes(from, { [name]: wanted })
      ? []
      : [{ name, from: from[name], to: wanted }]
  })
  return attributes.length > 0 ? { attributes } : {}
}

/** @param word stands for the content where its digest would say too much */
function describe(state: FileState | Absent | Unknown, mask: MaskContent, word?: 'secret' | 'hidden'): string {
  if (!isKnown(state)) return 'unknown'
  if (state === absent) return 'absent'
  const digest = 'content' in state ? sha256(mask(state.content)) : 'sha256' in state ? state.sha256 : undefined
  // Of a large file only the whole content's digest is known, secrets and all.
  const covered = word ?? (!('content' in state) && mask !== same ? 'secret' : undefined)
  const shown = covered ?? (digest === undefined ? state.type : `sha256 ${digest.slice(0, 12)}`)
  return [shown, state.mode, `${state.owner}:${state.group}`].join(' ')
}
