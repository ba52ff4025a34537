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

/** A run that is written down while it goes on. */
export interface JournaledRun {
  readonly run: string
  /** Reports, and writes the event down. */
  readonly report: Report
  /** Where the run's ways back go; none in check mode, and where no journal can be written. */
  readonly journal: JournalSink | undefined
  readonly close: () => void
}

/** A run that is about to be written down. */
interface About {
  /** The playbook's file, or what stands for one. */
  readonly source: string
  readonly playbook: CompiledPlaybook
  readonly check: boolean
  readonly options: PlaybookOptions
  /** Those of the variables. */
  readonly secrets: Iterable<Secret>
  readonly undoes?: string
}

/** Starts the journal of a run, whose first line is the command line, secrets masked. */
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

/** A playbook may make a secret of what `-e` says; in plays that branch on facts nobody knows yet whether it will. */
function maskedArgs(args: readonly string[], { playbook: { plays }, options, secrets }: About): readonly string[] {
  const redact = redactor([...secrets, ...secretsIn(plays.map(({ known }) => [...known.values()]))])
  const isOpen = plays.some(({ facts }) => Object.keys(facts).length > 0)
  const names = isOpen ? Object.keys(options.vars ?? {}) : []
  return args.map(arg => {
    // By name, as of a variable that is given twice only the last value is known: `-e x=1`, `-ex=1`, `--extra-vars=x=1`.
    const name = names.find(name => arg.startsWith(`${name}=`) || (arg.startsWith('-') && arg.includes(`${name}=`)))
    if (name === undefined) return redact(arg)
    return `${arg.slice(0, arg.indexOf(`${name}=`) + name.length + 1)}********`
  })
}
