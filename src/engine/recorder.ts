import type { ByteString } from '../core/bytes.ts'
import type { Fact } from '../core/fact.ts'
import { lines, sh, type Script } from '../core/shell.ts'
import { isKnown } from '../core/fact.ts'
import type { Attributes, Change, Step } from '../core/step.ts'
import type { Task } from '../core/task.ts'
import { backUp } from '../facts/backup.ts'
import type { Hosts } from './hosts.ts'
import type { JournalKeys } from './journal-keys.ts'

/** How a step is undone, as the journal keeps it. */
export type UndoRecord =
  | { readonly kind: 'run'; readonly change: Change; readonly script: string }
  /** The host keeps the old file under this name; `null` when there was none. */
  | { readonly kind: 'file'; readonly path: string; readonly backup: string | null; readonly before?: Attributes }
  /** A handler is undone by running it again, once what notified it is undone. */
  | { readonly kind: 'handler'; readonly handlerId: string; readonly script: string }
  | { readonly kind: 'impossible'; readonly reason: string }

/** A step that was started. */
export interface StepRecord {
  readonly record: 'step'
  readonly seq: number
  readonly play: string
  readonly host: string
  readonly task: string
  readonly change: Change
  readonly undo: UndoRecord
  /** The script of the step itself, where it holds no secret: it undoes the undo. */
  readonly script?: string
  /** The first step of its task, by `seq`. */
  readonly first: number
  /** Keys of the task's facts. */
  readonly facts: readonly string[]
  /** Those of them that the step says it changes; none where it may change more than it says. */
  readonly predicts?: readonly string[]
  /** Ids of the handlers that it notified. */
  readonly notify: readonly string[]
}

/** A fact as a run found or left it. What was read may hold secrets: only its digest is kept, made with a key of the host. */
export interface FactRecord {
  readonly key: string
  readonly script: string
  readonly sha256: string
  /** Steps on other hosts change it too. */
  readonly shared?: true
}

/** What the journal of a run keeps beside its events. */
export type RunRecord =
  | StepRecord
  | { readonly record: 'step-end'; readonly seq: number; readonly failed: boolean }
  /** It was sent with the steps before it, and one of them failed, or the run was interrupted: it was not done. */
  | { readonly record: 'step-skipped'; readonly seq: number }
  /** What the steps of a task say they change, read before the first of them. */
  | { readonly record: 'before'; readonly first: number; readonly facts: readonly FactRecord[] }
  /** Facts of changed tasks, read after the last step on the host. */
  | { readonly record: 'facts'; readonly host: string; readonly upTo: number; readonly facts: readonly FactRecord[] }

/** Where a run's records go. */
export interface JournalSink {
  readonly run: string
  readonly record: (entry: RunRecord) => void
  /** Records were lost since the run began, as on a full disk: what is changed now could not be undone. */
  readonly isLost?: () => boolean
}

/** What was read of a fact. */
interface Reading {
  readonly fact: Fact<unknown>
  readonly stdout: ByteString
}

/** A step on a host, as the journal sees it. */
interface StepRecorder {
  /** What is done ahead of it on the host, so that it can be undone: its old file is kept there. */
  readonly prepare: Script
  readonly ended: (failed: boolean) => void
  /** It was not done after all. */
  readonly skipped: () => void
}

/** A task on a host, as the journal sees it. */
export interface TaskRecorder {
  /** The task's steps, and its facts as they were read for them. */
  readonly planned: (steps: readonly Step[], readings: readonly Reading[]) => void
  /** Records can't be written any more. */
  readonly isLost: () => boolean
  /** A step is about to be sent. */
  readonly begin: (step: Step) => StepRecorder
  /** The task's facts as they were read after its steps. */
  readonly proven: (readings: readonly Reading[]) => void
}

/** Records the steps of a run, how each is undone, and the facts that it left behind. */
export class RunRecorder {
  readonly #sink: JournalSink
  readonly #keys: JournalKeys
  readonly #redact: <T>(value: T) => T
  readonly #changed = new Map<string, Map<string, Fact<unknown>>>()
  readonly #last = new Map<string, number>()
  #seq = 0

  /** @param redact masks every secret that is known by then */
  constructor(sink: JournalSink, keys: JournalKeys, redact: <T>(value: T) => T) {
    this.#sink = sink
    this.#keys = keys
    this.#redact = redact
  }

  task(play: string, host: string, task: Task): TaskRecorder {
    // A script that follows from other hosts' facts can't be read again by itself.
    const facts = Object.values(task.facts).filter(fact => (fact.host ?? host) === host && !fact.given)
    let before: readonly FactRecord[] = []
    let first: number | undefined
    return {
      planned: (steps, readings) => {
        const keys = new Set(steps.flatMap(step => predictedKeys(step, host, facts)))
        before = this.#factRecords(
          host,
          readings.filter(({ fact }) => keys.has(fact.key)),
        )
      },
      isLost: () => this.#sink.isLost?.() ?? false,
      begin: step => {
        const seq = ++this.#seq
        this.#last.set(host, seq)
        if (first === undefined) this.#sink.record({ record: 'before', first: seq, facts: before })
        first ??= seq
        const known = this.#changed.get(host) ?? new Map<string, Fact<unknown>>()
        this.#changed.set(host, known)
        for (const fact of facts) known.set(fact.key, fact)
        const undo = this.#undoOf(step, task, seq)
        const script = step.kind === 'run' ? this.#plain(step.script) : undefined
        this.#sink.record({
          record: 'step',
          seq,
          host,
          first,
          ...this.#redact({
            ...{ play, task: task.name, change: step.change },
            ...{ facts: facts.map(({ key }) => key), predicts: predictedKeys(step, host, facts) },
          }),
          undo: undo.kind === 'run' ? { ...undo, change: this.#redact(undo.change) } : this.#redactReason(undo),
          ...(script !== undefined && { script }),
          notify: task.notify.flatMap(({ handlerId }) => handlerId ?? []),
        })
        return {
          prepare: lines(this.#keys.keep(host), backUpOf(this.#sink.run, undo, step.kind === 'write') ?? sh`:`),
          ended: failed => this.#sink.record({ record: 'step-end', seq, failed }),
          skipped: () => this.#sink.record({ record: 'step-skipped', seq }),
        }
      },
      proven: readings => this.#facts(host, readings),
    }
  }

  /** Whether what the run changed on a host is to be read once more. */
  isChanged(host: string): boolean {
    return this.#changed.has(host)
  }

  /** Reads once more what the run changed: a later task may have touched the facts of an earlier one. */
  async readAgain(hosts: Hosts): Promise<void> {
    await Promise.all(
      [...this.#changed].map(async ([host, facts]) => {
        const readings = await Promise.all(
          [...facts.values()].map(async (fact): Promise<readonly Reading[]> => {
            // A host that is gone by now has said so already.
            const frame = await hosts
              .shell(host)
              .read(fact)
              .catch(() => undefined)
            return frame?.status === 0 ? [{ fact, stdout: frame.stdout }] : []
          }),
        )
        if (readings.some(list => list.length > 0)) this.#facts(host, readings.flat())
      }),
    )
  }

  #facts(host: string, readings: readonly Reading[]): void {
    const upTo = this.#last.get(host) ?? 0
    this.#sink.record({ record: 'facts', host, upTo, facts: this.#factRecords(host, readings) })
  }

  #factRecords(host: string, readings: readonly Reading[]): readonly FactRecord[] {
    return readings.flatMap(({ fact: { key, script: whole, shared }, stdout }) => {
      const script = this.#plain(whole)
      if (script === undefined || this.#redact(key) !== key) return []
      const sha256 = this.#keys.digest(host, this.#sink.run, key, stdout)
      return [{ key, script, sha256, ...(shared && { shared }) }]
    })
  }

  /** The text of a script that holds no secret. */
  #plain(script: Script): string | undefined {
    const text = script.reveal()
    return text === script.toString() && this.#redact(text) === text ? text : undefined
  }

  #redactReason(undo: UndoRecord): UndoRecord {
    return undo.kind === 'impossible' ? { ...undo, reason: this.#redact(undo.reason) } : undo
  }

  #undoOf(step: Step, task: Task, seq: number): UndoRecord {
    if (step.kind !== 'run') {
      const { path, before } = step
      if (this.#redact(path) !== path) return { kind: 'impossible', reason: 'its path holds a secret' }
      if (before === null) return { kind: 'file', path, backup: null }
      return { kind: 'file', path, backup: String(seq), ...(isKnown(before) && { before: attributesOf(before) }) }
    }
    if (task.handlerId !== undefined) {
      const script = this.#plain(step.script)
      if (script !== undefined) return { kind: 'handler', handlerId: task.handlerId, script }
    }
    if ('impossible' in step.undo) return { kind: 'impossible', reason: step.undo.impossible }
    const script = this.#plain(step.undo.script)
    if (script === undefined) return { kind: 'impossible', reason: 'its undo step holds a secret' }
    return { kind: 'run', change: step.undo.change, script }
  }
}

/** Which of a task's facts a step says it changes. */
function predictedKeys(step: Step, host: string, facts: readonly Fact<unknown>[]): readonly string[] {
  if (step.unsettles) return []
  const keys = new Set(step.predicts.flatMap(({ fact }) => ((fact.host ?? host) === host ? [fact.key] : [])))
  return [...new Set(facts.flatMap(({ key }) => (keys.has(key) ? [key] : [])))]
}

function backUpOf(run: string, undo: UndoRecord, follow: boolean): Script | undefined {
  if (undo.kind !== 'file' || undo.backup === null) return undefined
  return backUp({ run, name: undo.backup }, undo.path, follow)
}

function attributesOf({ mode, owner, group }: Attributes): Attributes {
  return { mode, owner, group }
}
