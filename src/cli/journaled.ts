import { resolve } from 'node:path'
import { redactor, type Secret } from '../core/secret.ts'
import type { Report } from '../engine/events.ts'
import type { JournalSink } from '../engine/recorder.ts'
import { findInventory } from '../inventory/load.ts'
import { journalFolder } from '../journal/folder.ts'
import type { JournalHead } from '../journal/journal.ts'
import { openJournal } from '../journal/writer.ts'
import { inventoryPath, readConfig } from './config.ts'
import type { PlaybookFlags } from './prepare.ts'

/** A run that is written down while it goes on. */
export interface JournaledRun {
  readonly run: string
  /** Reports, and writes the event down. */
  readonly report: Report
  /** Where the run's ways back go; none in check mode, and where no journal can be written. */
  readonly journal: JournalSink | undefined
  readonly close: () => void
}

/**
 * Starts the journal of a run.
 * @param secrets masked in the command line, which the journal's first line holds
 */
export async function journaled(
  report: Report,
  about: {
    readonly playbook: string
    readonly check: boolean
    readonly flags: PlaybookFlags
    readonly secrets: Iterable<Secret>
    readonly undoes?: string
  },
): Promise<JournaledRun> {
  const { playbook, check, flags, secrets, undoes } = about
  const { user, become, lab = false } = flags
  const inventory = await findInventory(inventoryPath(flags, await readConfig()))
  const head: Omit<JournalHead, 'record' | 'version' | 'id' | 'started' | 'user'> = {
    args: process.argv.slice(2).map(redactor(secrets)),
    playbook: undoes === undefined ? resolve(playbook) : playbook,
    check,
    reach: { inventory, lab, ...(user !== undefined && { user }), ...(become !== undefined && { become }) },
    ...(undoes !== undefined && { undoes }),
  }
  const writer = openJournal(journalFolder(process.env), head, message => report({ event: 'warning', message }))
  return {
    run: writer.run,
    report: event => {
      writer.report(event)
      report(event)
    },
    journal: writer.isOpen() && !check ? writer : undefined,
    close: writer.close,
  }
}
