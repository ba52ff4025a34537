import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import type { Report } from '../engine/events.ts'
import type { JournalSink } from '../engine/recorder.ts'
import { journalPath } from './folder.ts'
import { journalVersion, type JournalHead, type JournalLine } from './journal.ts'

/** Journals that are kept. */
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
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    file = openSync(journalPath(folder, id), 'ax', 0o600)
    prune(folder)
  } catch (error) {
    fail(error)
  }
  write({ record: 'run', version: journalVersion, id, started: now.toISOString(), ...head })
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

/** A disk that is nearly full takes a part of a line. */
function writeWhole(file: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
}

function prune(folder: string): void {
  const names = readdirSync(folder).filter(name => name.endsWith('.jsonl'))
  for (const name of names.toSorted().slice(0, -kept)) rmSync(`${folder}/${name}`, { force: true })
}
