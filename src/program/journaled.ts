import { resolve } from 'node:path'
import { redactor, secretsIn, type Secret } from '../core/secret.ts'
import type { Report } from '../engine/events.ts'
import type { JournalSink } from '../engine/recorder.ts'
import { findInventory } from '../inventory/load.ts'
import { journalFolder } from '../journal/folder.ts'
import type { JournalHead } from '../journal/journal.ts'
import { openJournal } from '../journal/writer.ts'
import type { CompiledPlaybook } from '../playbook/compile.ts'
import { whoAndWhere } from './holder.ts'
import type { PlaybookOptions } from './playbook-options.ts'

/** A run with a journal. */
export interface JournaledRun {
  readonly run: string
  /** Reports an event, and writes it to the journal. */
  readonly report: Report
  /** Takes the run's undo steps; `undefined` in check mode, and when no journal can be written. */
  readonly journal: JournalSink | undefined
  readonly close: () => void
}

/** A run that is about to start. */
interface About {
  /** The playbook's file, or a name for the run. */
  readonly source: string
  readonly playbook: CompiledPlaybook
  readonly check: boolean
  readonly options: PlaybookOptions
  /** The secrets in the variables. */
  readonly secrets: Iterable<Secret>
  readonly undoes?: string
}

/** Starts the journal of a run. Its first line holds the command line, with secrets masked. */
export async function journaled(report: Report, about: About): Promise<JournaledRun> {
  const { source, check, options, undoes } = about
  const { user, become, lab = false } = options
  const inventory = await findInventory(options.inventory)
  const head: Omit<JournalHead, 'record' | 'version' | 'id' | 'started'> = {
    user: whoAndWhere(),
    args: maskedArgs(options.args ?? [], about),
    playbook: undoes === undefined ? resolve(source) : source,
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

/**
 * Masks secrets in the command line. A playbook may turn a value of `-e` into a secret. When plays branch on facts,
 * this is not known yet, so all values of `-e` are masked.
 */
function maskedArgs(args: readonly string[], { playbook: { plays }, options, secrets }: About): readonly string[] {
  const redact = redactor([...secrets, ...secretsIn(plays.map(({ known }) => [...known.values()]))])
  const isOpen = plays.some(({ facts }) => Object.keys(facts).length > 0)
  const names = isOpen ? Object.keys(options.vars ?? {}) : []
  return args.map(arg => {
    // Found by name (`-e x=1`, `-ex=1`, `--extra-vars=x=1`), because of a repeated variable only the last value is
    // known.
    const name = names.find(name => arg.startsWith(`${name}=`) || (arg.startsWith('-') && arg.includes(`${name}=`)))
    if (name === undefined) return redact(arg)
    return `${arg.slice(0, arg.indexOf(`${name}=`) + name.length + 1)}********`
  })
}
