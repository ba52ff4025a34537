import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Report } from '../engine/events.ts'
import type { JournalSink } from '../engine/recorder.ts'
import { journalPath } from './folder.ts'
import { journalVersion, type JournalHead, type JournalLine } from './journal.ts'

/** Journals that are kept: as many of runs, and as many of runs in check mode. */
const kept = 200

/** The journal of a run that goes on. */
export interface JournalWriter extends JournalSink {
  readonly report: Report
  readonly isOpen: () => boolean
  readonly close: () => void
}

/**
 * An id that sorts by time and that a person can read and type, such as `20261122-141503-ab12`; the time is UTC. The last
 * four digits are the part of the second that is over, in 65,536ths; what is finer than the clock is random.
 */
function runId(now: Date): string {
  const digits = now.toISOString().replace(/[-:]/g, '')
  const part = Math.floor(((now.getUTCMilliseconds() + Math.random()) / 1000) * 0x10000)
  return `${digits.slice(0, 8)}-${digits.slice(9, 15)}-${part.toString(16).padStart(4, '0')}`
}

/**
 * Starts the journal of a run: only its user may read it, and every line is written as it comes, so that a run that is
 * killed leaves all that happened. One that can't be written is no reason not to run.
 * @param warn told once, when it can't be written
 */
export function openJournal(
  folder: string,
  head: Omit<JournalHead, 'record' | 'version' | 'id' | 'started'>,
  warn: (message: string) => void,
): JournalWriter {
  const now = new Date()
  const id = runId(now)
  let file: number | undefined
  let isLost = false
  let lines = 0
  const fail = (error: unknown): void => {
    file = undefined
    warn(
      `the journal can't be written, and what the run does from here on can't be undone: ${(error as Error).message}`,
    )
  }
  const write = (line: JournalLine): void => {
    if (file === undefined) return
    try {
      // Numbered, so that a line that gets lost is missed.
      writeWhole(file, `${JSON.stringify({ ...line, n: ++lines })}\n`)
    } catch (error) {
      isLost = true
      fail(error)
    }
  }
  try {
    makeFolder(folder)
    file = openSync(journalPath(folder, id), 'ax', 0o600)
  } catch (error) {
    fail(error)
  }
  write({ record: 'run', version: journalVersion, id, started: now.toISOString(), ...head })
  prune(folder, id, head.check)
  return {
    run: id,
    record: write,
    report: write,
    isOpen: () => file !== undefined,
    isLost: () => isLost,
    close: () => {
      if (file !== undefined) closeSync(file)
      file = undefined
    },
  }
}

/** Not by one call: where nothing can be made, as in /proc, Node would try for ever. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
}

/** A disk that is nearly full takes a part of a line. */
function writeWhole(file: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
}

/**
 * Removes the oldest journals. Check runs are counted apart: they can't be undone, and must not push out runs that can.
 * The run's own stays, wherever a clock that was wrong puts it in the order.
 */
function prune(folder: string, own: string, isOwnCheck: boolean): void {
  try {
    removeOldest(folder, own, isOwnCheck)
  } catch {
    // There is no journal, as the folder can't be written: that was said. Or another run has removed one just now.
  }
}

function removeOldest(folder: string, own: string, isOwnCheck: boolean): void {
  const names = readdirSync(folder).filter(name => name.endsWith('.jsonl') && name !== `${own}.jsonl`)
  if (names.length < kept) return
  const checks = new Set(names.filter(name => isCheck(`${folder}/${name}`)))
  for (const areChecks of [true, false]) {
    const others = kept - (areChecks === isOwnCheck ? 1 : 0)
    const alike = names.filter(name => checks.has(name) === areChecks).toSorted()
    for (const name of alike.slice(0, -others)) rmSync(`${folder}/${name}`, { force: true })
  }
}

/** Whether a journal is of a run in check mode, by the start of its first line. */
function isCheck(path: string): boolean {
  const head = Buffer.alloc(4096)
  const file = openSync(path, 'r')
  try {
    return head.toString('utf8', 0, readSync(file, head)).split('\n', 1)[0]?.includes('"check":true') ?? false
  } finally {
    closeSync(file)
  }
}
