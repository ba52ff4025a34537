import { existsSync } from 'node:fs'
import { appendFile, readFile } from 'node:fs/promises'
import { UsageError } from '../core/errors.ts'
import { emptyRecap, type RunEvent, type TaskStatus } from '../engine/events.ts'
import type { RunRecord, StepRecord, FactRecord } from '../engine/recorder.ts'
import { whyNotTrusted } from '../loader/trusted-file.ts'
import { journalPath } from './folder.ts'

/** Form of the journals that this haq writes and reads. */
export const journalVersion = 2

/** The first line of a journal. */
export interface JournalHead {
  readonly record: 'run'
  readonly version: typeof journalVersion
  readonly id: string
  /** ISO 8601, UTC. */
  readonly started: string
  /** Who ran it, on which machine. */
  readonly user: string
  /** The command line, secrets masked. */
  readonly args: readonly string[]
  readonly playbook: string
  readonly check: boolean
  /** How the hosts are reached: an undo reaches them the same way. */
  readonly reach: {
    readonly inventory: string
    readonly lab: boolean
    readonly user?: string
    readonly become?: boolean
  }
  /** The run that this one undoes. */
  readonly undoes?: string
}

/** Hosts of a run were put back by a later run, or that one was itself undone. */
interface UndoneRecord {
  readonly record: 'undone' | 'redone'
  readonly by: string
  readonly hosts: readonly string[]
}

export type JournalLine = JournalHead | RunEvent | RunRecord | UndoneRecord

/** A fact as a run left it, and the run that salts its digest. */
export type LeftFact = FactRecord & { readonly run: string }

/** A step, and what came of it. */
export interface JournalStep extends StepRecord {
  readonly ended: 'well' | 'failed' | 'never'
  /** The host was read again after it. */
  readonly proven: boolean
  /** The host was read again, and the task failed all the same. */
  readonly disproved: boolean
}

/** A run as its journal tells it. */
export interface Journal {
  readonly head: JournalHead
  readonly events: readonly RunEvent[]
  readonly steps: readonly JournalStep[]
  /** By the first step of a task: what its steps say they change, as it was before them. */
  readonly before: ReadonlyMap<number, readonly FactRecord[]>
  /** What is known of each host's facts after the run. */
  readonly facts: ReadonlyMap<string, readonly LeftFact[]>
  /** Hosts that were put back since, each with the run that did it. */
  readonly undone: ReadonlyMap<string, string>
  readonly finished: boolean
  /** Lines are missing or damaged, so that not all that the run did is known. */
  readonly hasGap: boolean
}

/** Reads a journal; of a run that was killed, all that it wrote. @throws {UsageError} when it can't be understood */
export async function readJournal(folder: string, run: string): Promise<Journal> {
  const path = journalPath(folder, run)
  // What it says is run as root on hosts.
  const why = existsSync(path) ? whyNotTrusted(path) : undefined
  if (why !== undefined)
    throw new UsageError(`the journal of run ${run} is not used, because ${why}`, {
      hint: `look at who wrote there; a journal of yours is in a folder that only you can write, as ls -la ${folder} shows`,
    })
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`the journal of run ${run} can't be read: ${(cause as Error).message}`, { cause })
  })
  const texts = text.split('\n')
  const parsed = texts.map(parseLine)
  const lines = parsed.flat()
  const [head] = lines
  if (!head || !('record' in head) || head.record !== 'run')
    throw new UsageError(`the journal of run ${run} has no beginning`)
  if ((head.version as number) !== journalVersion)
    throw new UsageError(`the journal of run ${run} was written by another version of haq`, {
      hint: 'show and undo the run with that version',
    })
  return {
    ...digest(head, lines),
    hasGap: texts.some((text, i) => isBroken(text, parsed[i] ?? [], i === texts.length - 1)) || hasHole(lines),
  }
}

/** A line that was cut off by a kill or a full disk says nothing. */
function parseLine(text: string): readonly JournalLine[] {
  try {
    return text === '' ? [] : [JSON.parse(text) as JournalLine]
  } catch {
    return []
  }
}

/** An event as it was reported: its line's number is the journal's own. */
function withoutNumber(line: RunEvent): RunEvent {
  const { n: _, ...event } = line as RunEvent & { readonly n?: number }
  return event
}

/** A line that is damaged. The last one may be cut off by a kill, before its step was sent. */
function isBroken(text: string, parsed: readonly JournalLine[], isLast: boolean): boolean {
  return text !== '' && parsed.length === 0 && !isLast
}

/** Whether a line is missing. What an undo appends later has no number. */
function hasHole(lines: readonly JournalLine[]): boolean {
  const numbers = lines.flatMap(line => ('n' in line && typeof line.n === 'number' ? [line.n] : []))
  const seqs = lines.flatMap(line => ('record' in line && line.record === 'step' ? [line.seq] : []))
  return [numbers, seqs].some(some => some.some((number, i) => number !== i + 1))
}

function digest(head: JournalHead, lines: readonly JournalLine[]): Omit<Journal, 'hasGap'> {
  const events: RunEvent[] = []
  const steps: StepRecord[] = []
  const ended = new Map<number, boolean>()
  const skipped = new Set<number>()
  const provenUpTo = new Map<string, number>()
  const isProven = ({ host, seq }: StepRecord): boolean => (provenUpTo.get(host) ?? 0) >= seq
  const disproved = new Set<number>()
  const before = new Map<number, readonly FactRecord[]>()
  const facts = new Map<string, Map<string, LeftFact>>()
  const undone = new Map<string, string>()
  for (const line of lines) {
    if ('event' in line) {
      events.push(withoutNumber(line))
      if (line.event !== 'task' || line.status !== 'failed') continue
      const isOwn = ({ host, play, task }: StepRecord): boolean =>
        host === line.host && play === line.play && task === line.task
      for (const step of steps) if (isOwn(step) && isProven(step)) disproved.add(step.seq)
    } else if (line.record === 'step') steps.push(line)
    else if (line.record === 'before') before.set(line.first, line.facts)
    else if (line.record === 'step-skipped') skipped.add(line.seq)
    else if (line.record === 'step-end') ended.set(line.seq, line.failed)
    else if (line.record === 'undone') for (const host of line.hosts) undone.set(host, line.by)
    else if (line.record === 'redone') for (const host of line.hosts) undone.delete(host)
    else if (line.record === 'facts') {
      const known = facts.get(line.host) ?? new Map<string, LeftFact>()
      for (const fact of line.facts) known.set(fact.key, { ...fact, run: head.id })
      facts.set(line.host, known)
      provenUpTo.set(line.host, line.upTo)
    }
  }
  return {
    head,
    events,
    steps: steps
      .filter(({ seq }) => !skipped.has(seq))
      .map(step => {
        const failed = ended.get(step.seq)
        return {
          ...step,
          ended: failed === undefined ? 'never' : failed ? 'failed' : 'well',
          proven: isProven(step),
          disproved: disproved.has(step.seq),
        }
      }),
    before,
    facts: new Map([...facts].map(([host, known]) => [host, [...known.values()]])),
    undone,
    finished: events.some(({ event }) => event === 'recap'),
  }
}

/**
 * Says in a run's journal that some of its hosts were put back, and, where it was an undo itself, in the journal of
 * the run that it had undone, which holds again.
 */
export async function markUndone(
  folder: string,
  { head }: Journal,
  by: string,
  hosts: readonly string[],
): Promise<void> {
  const append = (run: string, record: UndoneRecord['record']): Promise<void> =>
    appendFile(journalPath(folder, run), `${JSON.stringify({ record, by, hosts } satisfies UndoneRecord)}\n`)
  await append(head.id, 'undone')
  if (head.undoes !== undefined) await append(head.undoes, 'redone')
}

/** How many tasks ended in which way, on all hosts together. */
export function statusCounts({ events }: Journal): Readonly<Record<TaskStatus, number>> {
  const counts = emptyRecap()
  for (const event of events) if (event.event === 'task') counts[event.status]++
  return counts
}

/** Hosts on which a run did something that was not put back since. */
export function changedHosts({ steps, undone }: Journal): readonly string[] {
  return [...new Set(steps.filter(({ ended }) => ended !== 'failed').map(({ host }) => host))].filter(
    host => !undone.has(host),
  )
}
