import { printableJson } from '../report/printable.ts'
import type { RunEvent } from '../engine/events.ts'
import { findRun, journalFolder, runIds } from '../journal/folder.ts'
import { readJournal, statusCounts, type Journal } from '../journal/journal.ts'
import { makeReporter } from '../report/report.ts'
import type { OutputKind } from '../report/reporter.ts'
import { outputKind, readConfig } from './config.ts'
import { printError } from './exit.ts'
import { keptReportOptions } from './options.ts'
import type { ShowFlags } from './plan.ts'

/** The options of `haq runs`, as the command line gives them. */
export interface RunsFlags {
  readonly output?: OutputKind
}

/** Lists the runs that have a journal, the newest first. */
export async function runsCommand(flags: RunsFlags): Promise<void> {
  const folder = journalFolder(process.env)
  const asJson = outputKind(flags, await readConfig()) === 'json'
  for (const id of (await runIds(folder)).toReversed()) {
    try {
      const journal = await readJournal(folder, id)
      process.stdout.write(`${asJson ? printableJson(summary(journal)) : summaryLine(journal)}\n`)
    } catch (error) {
      // A journal that can't be read must not hide the others.
      printError(error)
    }
  }
}

function summary(journal: Journal) {
  const { id, started, user, playbook, check, undoes } = journal.head
  const undone = Object.fromEntries(journal.undone)
  const facts = { finished: journal.finished, counts: statusCounts(journal) }
  return { run: id, started, user, playbook, check, ...(undoes && { undoes }), ...facts, undone }
}

function summaryLine(journal: Journal): string {
  const { id, started, playbook, check, undoes } = journal.head
  const counts = Object.entries(statusCounts(journal))
    .filter(([status, count]) => count > 0 || status === 'changed')
    .map(([status, count]) => `${status}=${count}`)
  const by = [...new Set(journal.undone.values())].join(', ')
  const notes = [
    ...(check ? ['check'] : []),
    ...(undoes ? [`undoes ${undoes}`] : []),
    ...(journal.finished ? [] : ['not finished']),
    ...(by ? [`undone on ${[...journal.undone.keys()].join(', ')} by ${by}`] : []),
  ]
  const when = `${started.slice(0, 10)} ${started.slice(11, 19)} UTC`
  return [id, when, playbook, counts.join(' '), ...(notes.length > 0 ? [`(${notes.join('; ')})`] : [])].join('  ')
}

/** Prints the report of a run again. @throws {UsageError} when no run, or more than one, has an id that starts so */
export async function showRun(what: string, flags: ShowFlags): Promise<void> {
  const folder = journalFolder(process.env)
  const journal = await readJournal(folder, await findRun(folder, what))
  const { id, started, user, args, check } = journal.head
  const output = outputKind(flags, await readConfig())
  if (output !== 'json') process.stdout.write(`run ${id}, ${started}, ${user}: haq ${args.join(' ')}\n`)
  const reporter = await makeReporter(output, process.stdout, keptReportOptions(flags, check))
  for (const event of [...journal.events, ...(journal.finished ? [] : ending(journal.events))]) reporter.report(event)
  await reporter.done()
}

/** The events that are missing at the end when a run was killed. */
function ending(events: readonly RunEvent[]): readonly RunEvent[] {
  const at = events.findLastIndex(({ event }) => event === 'play' || event === 'play-end')
  const play = events[at]
  const ended = new Set(events.slice(at).flatMap(event => (event.event === 'host-end' ? [event.host] : [])))
  return [
    ...(play?.event === 'play'
      ? [
          ...play.hosts
            .filter(host => !ended.has(host))
            .map(host => ({ event: 'host-end', play: play.play, host }) as const),
          { event: 'play-end', play: play.play } as const,
        ]
      : []),
    { event: 'warning', message: 'the run did not finish' },
  ]
}
