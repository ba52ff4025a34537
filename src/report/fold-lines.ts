import type { HostRecap, RunEvent } from '../engine/events.ts'
import type { EndedGroup, FoldedHost, FoldedPlay, SharedResult, RunningGroup } from './fold.ts'
import { fewHosts, hostNames } from './host-names.ts'
import type { Paint } from './style.ts'
import { countsTable, countsText, durationText, recapTitle, taskLines } from './text.ts'

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** The most lines that one result gets while the play is running. All of them are printed when the play has ended. */
const previewLines = 8

/**
 * The lines that show a running play: first the progress of its hosts, then the results, failures first.
 * @param height the most lines to return, at least 1
 * @param frame the number of this draw; the spinner turns with it
 */
export function liveLines(play: FoldedPlay, height: number, frame: number, paint: Paint): readonly string[] {
  const spin = paint('yellow', spinner[frame % spinner.length] ?? '')
  const done = [...play.ended.values()].reduce((sum, { hosts }) => sum + hosts.size, 0)
  const title = `${spin} ${paint('bold', play.play)}: ${done} of ${play.hosts.size} hosts done`
  const room = height - 1
  // Results get at most half of the lines, and at most one line each.
  const resultCount = play.failures.size + play.changes.size
  const progress = fitted(progressLines(play, spin, paint), room - Math.min(room >> 1, resultCount))
  return [title, ...progress, ...resultsPreview(play, room - progress.length, paint)].slice(0, height)
}

/** The lines that show an ended play: all results, and then the number of hosts that have none. */
export function finalLines(play: FoldedPlay, paint: Paint): readonly string[] {
  const results = [...play.changes.values(), ...play.failures.values()]
  const withResult = new Set(results.flatMap(({ hosts }) => [...hosts]))
  const quiet = [...play.ended.values()]
    .map(({ counts, hosts }) => ({ counts, hosts: new Set([...hosts].filter(host => !withResult.has(host))) }))
    .filter(({ hosts }) => hosts.size > 0)
  const isSuccess = play.failures.size === 0
  return [
    `${isSuccess ? tick(paint) : cross(paint)} ${paint('bold', play.play)}: ${play.hosts.size} hosts`,
    ...results.flatMap(item => resultLines(item, hostNames(namesOf(item.hosts)), paint)),
    ...quiet.map(group => endedLine(group, paint)),
  ].map((line, i) => (i === 0 ? line : `  ${line}`))
}

/** The recap for many hosts: one line for all hosts with equal counts. Hosts with a change or a failure are named. */
export function foldedRecap({ check, hosts }: Extract<RunEvent, { event: 'recap' }>, paint: Paint): readonly string[] {
  const alike = new Map<string, { counts: HostRecap; names: string[] }>()
  for (const [name, counts] of Object.entries(hosts)) {
    const key = JSON.stringify(counts)
    const group = alike.get(key)
    if (group) group.names.push(name)
    else alike.set(key, { counts, names: [name] })
  }
  const rows = [...alike.values()]
    .map(({ counts, names }) => {
      const { changed, failed, unreachable, pending } = counts
      const bad = failed + unreachable
      const isQuiet = changed + bad + pending === 0
      const label = isQuiet && names.length > fewHosts ? `${names.length} hosts` : hostNames(names)
      return { label, counts, order: isQuiet ? 0 : bad === 0 ? 1 : 2 }
    })
    // Failures come last, because a terminal shows the end of the output.
    .sort((a, b) => a.order - b.order)
    .map(({ label, counts }) => [label, counts] as const)
  return [recapTitle(check, paint), ...countsTable(rows, paint)]
}

function progressLines(play: FoldedPlay, spin: string, paint: Paint): readonly string[] {
  const waiting = play.hosts.size - play.begun
  const running = [...play.running.values()].sort((a, b) => b.position - a.position)
  return [
    ...[...play.ended.values()].map(group => endedLine(group, paint)),
    ...running.map(group => `${spin} ${runningText(group)}`),
    ...(waiting > 0 ? [paint('dim', `◼ ${waiting} ${waiting === 1 ? 'host waits' : 'hosts wait'}`)] : []),
  ].map(line => `  ${line}`)
}

function runningText({ hosts, position, tasks, task }: RunningGroup): string {
  const where = position > tasks ? 'handlers' : `task ${position}/${tasks}`
  return `${countOf(hosts)} at ${where}: ${task}`
}

function endedLine({ counts, hosts }: EndedGroup, paint: Paint): string {
  const { ok, changed, failed, unreachable, skipped, pending } = counts
  const isIdle = skipped > 0 && ok + changed + pending === 0
  const icon = failed + unreachable > 0 ? cross(paint) : isIdle ? paint('yellow', '↓') : tick(paint)
  const said = Object.entries(counts).filter(([, count]) => count > 0)
  const words = said.length > 0 ? countsText(said, paint) : paint('dim', 'no tasks')
  return `${icon} ${countOf(hosts)}  ${words}`
}

/** The results that fit, each cut to a few lines. The lines of the other results are not computed. */
function resultsPreview({ failures, changes }: FoldedPlay, room: number, paint: Paint): readonly string[] {
  const lines: string[] = []
  let left = failures.size + changes.size
  for (const list of [failures, changes])
    for (const item of list.values()) {
      // One line is kept free for the number of results that are left out.
      const free = room - lines.length - (left > 1 ? 1 : 0)
      const shown = fitted(resultLines(item, countOf(item.hosts), paint), Math.min(previewLines, free))
      if (shown.length === 0) return [...lines, `  ${paint('dim', `… and ${left} more when the play has ended`)}`]
      lines.push(...shown.map(line => `  ${line}`))
      left--
    }
  return lines
}

function resultLines(
  { status, title, details, fastest, slowest }: SharedResult,
  hosts: string,
  paint: Paint,
): readonly string[] {
  const [from, to] = [durationText(fastest), durationText(slowest)]
  const duration = from === to ? to : `${from} to ${to}`
  return taskLines({ status, hosts, title, duration }, details, paint)
}

/** The lines that fit; when some are left out, the last line says how many. */
function fitted(lines: readonly string[], height: number): readonly string[] {
  if (lines.length <= height) return lines
  const shown = Math.max(0, height - 1)
  return height < 1 ? [] : [...lines.slice(0, shown), `    … and ${lines.length - shown} more lines`]
}

/** The names in the order of the play. The set is in the order in which the hosts ended. */
function namesOf(hosts: Iterable<FoldedHost>): readonly string[] {
  return [...hosts].sort((a, b) => a.index - b.index).map(({ name }) => name)
}

/** Names a few hosts; of many hosts it gives only the number, because it is called at each draw. */
function countOf(hosts: ReadonlySet<FoldedHost>): string {
  return hosts.size > fewHosts ? `${hosts.size} hosts` : namesOf(hosts).join(', ')
}

function tick(paint: Paint): string {
  return paint('green', '✔')
}

function cross(paint: Paint): string {
  return paint('red', '✖')
}
