import { UsageError } from '../core/errors.ts'
import { runPlaybook } from '../engine/run.ts'
import { loadInventory } from '../inventory/load.ts'
import { findRun, journalFolder, runIds } from '../journal/folder.ts'
import { changedHosts, markUndone, readJournal, type Journal } from '../journal/journal.ts'
import { undoPlaybook } from '../journal/undo-playbook.ts'
import { afterUndos, earlierUndos } from '../journal/resume.ts'
import { undoSteps, type ImpossibleStep } from '../journal/undo-steps.ts'
import { journaled } from '../program/journaled.ts'
import { labOf } from '../program/lab-target.ts'
import { runSettings } from '../program/prepare.ts'
import { reachHosts } from '../program/reach-hosts.ts'
import { limitTo } from '../program/selection.ts'
import { makeReporter } from '../report/report.ts'
import { outputKind, readConfig } from './config.ts'
import { exitStatus, statusOf } from './exit.ts'
import { onInterrupt } from './interrupt.ts'
import { keptReportOptions } from './options.ts'
import type { PlaybookFlags } from './playbook-flags.ts'
import { playbookOptions } from './playbook-options.ts'

/** The options of `haq undo`, as the command line gives them. */
export interface UndoFlags extends Omit<PlaybookFlags, 'tags' | 'extraVars'> {
  readonly check?: boolean
  readonly partial?: boolean
}

/** Undoes what a run changed. @returns the exit status */
export async function undoCommand(what: string | undefined, given: UndoFlags): Promise<number> {
  const folder = journalFolder(process.env)
  const journal = await chosenRun(folder, what)
  const { id, reach } = journal.head
  if (journal.hasGap && !given.partial)
    throw new UsageError(`the journal of run ${id} has lost lines: not all that the run did is known`, {
      hint: `look at it with haq show ${id}; what is known of it is undone with --partial`,
    })
  const flags = { ...reach, ...given }
  const check = flags.check ?? false
  const options = await playbookOptions(flags)
  const [inventory, lab] = await Promise.all([
    loadInventory(flags.inventory),
    flags.lab ? labOf(flags.inventory) : undefined,
  ])
  const limit = limitTo(inventory, flags.limit)
  const names = changedHosts(journal).filter(name => limit.has(name) || !inventory.hosts.has(name))
  const hosts = names.map(name => {
    const host = inventory.hosts.get(name)
    if (!host) throw new UsageError(`run ${id} changed ${name}, which is not in ${inventory.source}`)
    return { name, address: host.address, groups: host.groups, vars: {} }
  })
  if (hosts.length === 0) throw new UsageError(`run ${id} changed nothing there that is not undone`)
  const rest = afterUndos(journal, await earlierUndos(folder, journal))
  const found = undoSteps(rest, new Set(names))
  const settings = runSettings(options, `undo of run ${id}`)
  printImpossible(found.impossible)
  if (found.impossible.length > 0 && !flags.partial)
    throw new UsageError(`run ${id} can't be undone completely; nothing was done`, {
      hint: 'to undo everything else, add --partial',
    })

  const { openShell, becomePassword } = await reachHosts(inventory, options, lab)
  const secrets = becomePassword ? [becomePassword] : []
  const playbook = undoPlaybook(rest, found.steps, hosts)
  const reporter = await makeReporter(
    outputKind(flags, await readConfig()),
    process.stdout,
    keptReportOptions(flags, check),
  )
  const about = { source: playbook.name, playbook, check, options, secrets, undoes: id }
  const written = await journaled(reporter.report, about)
  const interrupt = onInterrupt()
  try {
    const result = await runPlaybook(playbook, {
      ...settings,
      ...{ check, limit: new Set(names), tags: [], secrets, openShell },
      ...{ report: written.report, journal: written.journal, signal: interrupt.signal },
    })
    await reporter.done()
    const succeeded = Object.entries(result.hosts).filter(([, { failed, unreachable }]) => failed + unreachable === 0)
    if (!check && !interrupt.signal.aborted && succeeded.length > 0)
      await markUndone(
        folder,
        journal,
        written.run,
        succeeded.map(([host]) => host),
      )
    return interrupt.signal.aborted ? exitStatus.interrupted : statusOf(result.hosts)
  } finally {
    written.close()
    interrupt.stop()
  }
}

/** The run with the given id, or else the last run that changed something and is not undone. @throws {UsageError} */
async function chosenRun(folder: string, what: string | undefined): Promise<Journal> {
  if (what !== undefined) {
    const journal = await readJournal(folder, await findRun(folder, what))
    const { id, check } = journal.head
    if (changedHosts(journal).length > 0) return journal
    const by = [...new Set(journal.undone.values())].join(', ')
    const why = by ? `is undone already, by run ${by}` : check ? 'only checked' : 'changed nothing'
    throw new UsageError(`run ${id} ${why}`, { hint: 'haq runs lists them' })
  }
  for (const id of (await runIds(folder)).toReversed()) {
    const journal = await readJournal(folder, id)
    // An undo is undone only by its id. Otherwise the second of two `haq undo` would make the change again.
    if (journal.head.undoes === undefined && changedHosts(journal).length > 0) return journal
  }
  throw new UsageError('there is no run that changed something and is not undone', { hint: 'haq runs lists them' })
}

function printImpossible(steps: readonly ImpossibleStep[]): void {
  for (const { host, task, what, reason } of steps)
    process.stderr.write(`can't be undone: ${host}  ${task} (${what}): ${reason}\n`)
}
