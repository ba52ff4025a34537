import { unknown, type Fact, type Facts, type Unknown } from '../core/fact.ts'
import { MaskedText } from '../core/secret.ts'
import { Script, sh } from '../core/shell.ts'
import {
  predict,
  require,
  run,
  type Attributes,
  type Change,
  type Plan,
  type Prediction,
  type Step,
  type TextChange,
} from '../core/step.ts'
import type { Task } from '../core/task.ts'
import { restoreLink, backedUpFile, printBackup, type Backup, type BackupState } from '../facts/backup.ts'
import type { FactRecord } from '../engine/recorder.ts'
import { digestScript } from '../facts/journal-key.ts'
import type { Journal } from './journal.ts'
import type { TaskOf } from './proof.ts'
import { undoName, type UndoableStep } from './undo-steps.ts'

/** A task of an undo. */
export function task(name: string, facts: Facts, plan: Task['plan'], more: Partial<Task> = {}): Task {
  return {
    module: 'undo',
    name,
    params: {},
    facts,
    plan,
    notify: [],
    tags: [],
    handlerId: undefined,
    problems: [],
    ...more,
  }
}

/** A text that was a script's own, free of secrets: the journal that holds it is the user's own, and `sh` made it. */
export function script(text: string): Script {
  // eslint-disable-next-line no-restricted-syntax -- it was made by sh when the run wrote it down
  return new Script(text, text)
}

/** Where the old file of a step lies; `undefined` when there was none. */
export function backupOf(run: string, name: string | null): Backup | undefined {
  return name === null ? undefined : { run, name }
}

/**
 * Undoes the steps of one task.
 *
 * @param steps the last one first
 * @param before the facts that the undo must restore, which proves it; without them, an undo script is run and trusted
 */
export function undoTask(
  journal: Journal,
  steps: TaskOf<UndoableStep>,
  before: readonly FactRecord[] | undefined,
  notify: readonly Task[],
): Task {
  const { id } = journal.head
  const keys = new Set(steps.flatMap(step => step.facts))
  const records = [...(journal.facts.get(steps[0].host) ?? []).filter(({ key }) => keys.has(key)), ...(before ?? [])]
  const facts = Object.fromEntries(records.map(record => [record.key, digestFact(steps[0].host, id, record)]))
  const wanted = new Map(before?.map(({ key, sha256 }) => [key, sha256]))
  const files = new Map(
    steps.flatMap(({ seq, change, undo }) => (undo.kind === 'file' ? [[seq, oldFile(id, change, undo)]] : [])),
  )
  const states = Object.fromEntries([...files].map(([seq, { state }]) => [`old file ${seq}`, state]))
  const plan: Task['plan'] = values =>
    steps.flatMap(step => {
      const { seq, undo, predicts = [] } = step
      // What its facts prove to be undone, be it by an undo that was cut off, is not done again.
      if (before && predicts.every(key => values[key] === wanted.get(key))) return []
      const then = predicts.flatMap(key => (facts[key] ? [predict(facts[key], wanted.get(key) ?? unknown)] : []))
      const file = files.get(seq)
      if (file) return filePlan(file, values[`old file ${seq}`] as BackupState | Unknown, then)
      return undo.kind === 'run' ? [scriptStep(step, undo, then, before !== undefined)] : []
    })
  return task(undoName(steps[0].task, 'undo '), { ...facts, ...states }, plan, { notify })
}

/** A fact by its digest: what a journal keeps can be compared, and no more. */
export function digestFact(host: string, run: string, { key, script: text, shared }: FactRecord): Fact<string> {
  return { key, script: digestScript(host, run, key, script(text)), parse: digestIn, ...(shared && { shared }) }
}

function digestIn(stdout: string): string {
  const [digest] = /^[0-9a-f]{64}/.exec(stdout) ?? []
  if (digest === undefined) throw new Error('the digest of a fact was not made')
  return digest
}

function scriptStep(
  { change, script: done, predicts }: UndoableStep,
  undo: Extract<UndoableStep['undo'], { kind: 'run' }>,
  then: readonly Prediction[],
  isProvable: boolean,
): Step {
  return run({
    change: undo.change,
    script: script(undo.script),
    undo: done === undefined ? { impossible: 'what it did holds a secret' } : { change, script: script(done) },
    predicts: then,
    ...(!isProvable && { always: true }),
    ...(predicts?.length === 0 && { unsettles: 'everything' }),
  })
}

/** A file that a run replaced, and what there was before. */
interface OldFile {
  readonly path: string
  readonly backup: Backup | undefined
  /** How it was, as the run saw it. */
  readonly known: Attributes
  /** What the run did to it. */
  readonly done: Change
  /** Changes whenever an undo step touches the path: several may touch the same one. */
  readonly touched: Fact<unknown>
  readonly state: Fact<BackupState>
}

function oldFile(
  run: string,
  done: Change,
  { path, backup: name, before }: Extract<UndoableStep['undo'], { kind: 'file' }>,
): OldFile {
  const backup = backupOf(run, name)
  const known = before ?? { mode: '0644', owner: 'root', group: 'root' }
  const touched: Fact<unknown> = { key: `undone:${path}`, script: sh`:`, parse: text => text }
  return { path, backup, known, done, touched, state: { ...backedUpFile(path, backup), dependsOn: [touched] } }
}

function turned({ before, after, hidden }: TextChange): TextChange {
  return { before: after, after: before, ...(hidden && { hidden: hidden === 'before' ? 'after' : 'before' }) }
}

function filePlan(
  { path, backup, known, done, touched, state: fact }: OldFile,
  state: BackupState | Unknown,
  then: readonly Prediction[],
): Plan {
  const diff = done.diff && turned(done.diff)
  const attributes = done.attributes?.map(({ name, from, to }) => ({ name, from: to, to: from }))
  const change: Change = {
    what: done.what,
    from: done.to,
    to: done.from,
    ...(diff && { diff }),
    ...(attributes && { attributes }),
  }
  if (state !== unknown && state.same) return []
  const before = state === unknown ? (backup ? known : 'absent') : state.before
  const current = state === unknown || state.current === 'link' ? unknown : state.current
  if (before === 'gone') return [require(`the host keeps what was in ${path}`, false)]
  const predicts = [predict(touched, true), predict(fact, { before, current: before, same: true }), ...then]
  if (before === 'absent' || !backup)
    return [{ kind: 'remove', path, before: current === 'absent' ? unknown : current, change, predicts }]
  if (before === 'link')
    return [
      run({
        change,
        script: restoreLink(backup, path),
        undo: { change: done, script: sh`rm -f ${path}` },
        predicts,
      }),
    ]
  return [
    {
      kind: 'write',
      path,
      content: new MaskedText('', ''),
      source: printBackup(backup),
      ...before,
      before: current === 'absent' ? null : current,
      change,
      predicts,
    },
  ]
}
