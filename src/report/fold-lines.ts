import type { HostRecap, RunEvent } from '../engine/events.ts'
import type { EndedGroup, FoldedHost, FoldedPlay, News, RunningGroup } from './fold.ts'
import { fewHosts, hostNames } from './host-names.ts'
import type { Paint } from './style.ts'
import { countsTable, countsText, durationText, recapTitle, taskLines } from './text.ts'

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** Lines of one task's news that are shown while its play goes on; all of them stand there when it has ended. */
const previewLines = 8

/**
 * A play that goes on, in so many lines at most: how far its hosts are, then what an operator must see, failures first.
 * @param height lines that fit, at least 1
 * @param frame counts up with each draw
 */
export function liveLines(play: FoldedPlay, height: number, frame: number, paint: Paint): readonly string[] {
  const spin = paint('yellow', spinner[frame % spinner.length] ?? '')
  const done = [...play.ended.values()].reduce((sum, { hosts }) => sum + hosts.size, 0)
  const title = `${spin} ${paint('bold', play.play)}: ${done} of ${play.hosts.size} hosts done`
  const room = height - 1
  // Half of the room at most is kept for news, and no more than a line for each.
  const newsCount = play.failures.size + play.changes.size
  const progress = fitted(progressLines(play, spin, paint), room - Math.min(room >> 1, newsCount))
  return [title, ...progress, ...newsPreview(play, room - progress.length, paint)].slice(0, height)
}

/** A play that has ended: all that is news on each host, and how many hosts there is nothing to say of. */
export function finalLines(play: FoldedPlay, paint: Paint): readonly string[] {
  const news = [...play.changes.values(), ...play.failures.values()]
  const told = new Set(news.flatMap(({ hosts }) => [...hosts]))
  const quiet = [...play.ended.values()]
    .map(({ counts, hosts }) => ({ counts, hosts: new Set([...hosts].filter(host => !told.has(host))) }))
    .filter(({ hosts }) => hosts.size > 0)
  const isWell = play.failures.size === 0
  return [
    `${isWell ? tick(paint) : cross(paint)} ${paint('bold', play.play)}: ${play.hosts.size} hosts`,
    ...news.flatMap(item => newsLines(item, hostNames(namesOf(item.hosts)), paint)),
    ...quiet.map(group => endedLine(group, paint)),
  ].map((line, i) => (i === 0 ? line : `  ${line}`))
}

/** The recap of a fleet: hosts with equal counts in one line, those of which there is something to say by name. */
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
    // What went wrong stands last, where a terminal shows it.
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

/** As much of the news as fits, each cut to a few lines; what does not fit is not looked at. */
function newsPreview({ failures, changes }: FoldedPlay, room: number, paint: Paint): readonly string[] {
  const lines: string[] = []
  let left = failures.size + changes.size
  for (const list of [failures, changes])
    for (const item of list.values()) {
      // A line is kept to say how many are left out.
      const free = room - lines.length - (left > 1 ? 1 : 0)
      const shown = fitted(newsLines(item, countOf(item.hosts), paint), Math.min(previewLines, free))
      if (shown.length === 0) return [...lines, `  ${paint('dim', `… and ${left} more when the play has ended`)}`]
      lines.push(...shown.map(line => `  ${line}`))
      left--
    }
  return lines
}

function newsLines({ status, title, details, fastest, slowest }: News, hosts: string, paint: Paint): readonly string[] {
  const [from, to] = [durationText(fastest), durationText(slowest)]
  const duration = from === to ? to : `${from} to ${to}`
  return taskLines({ status, hosts, title, duration }, details, paint)
}

/** The first lines, and in the place of the last one how many there are more. */
function fitted(lines: readonly string[], height: number): readonly string[] {
  if (lines.length <= height) return lines
  const shown = Math.max(0, height - 1)
  return height < 1 ? [] : [...lines.slice(0, shown), `    … and ${lines.length - shown} lines more`]
}

/** In the order of the play: hosts end in any order. */
function namesOf(hosts: Iterable<FoldedHost>): readonly string[] {
  return [...hosts].sort((a, b) => a.index - b.index).map(({ name }) => name)
}

/** The names of few hosts, and the number of many, without a look at each of them. */
function countOf(hosts: ReadonlySet<FoldedHost>): string {
  return hosts.size > fewHosts ? `${hosts.size} hosts` : namesOf(hosts).join(', ')
}

function tick(paint: Paint): string {
  return paint('green', '✔')
}

function cross(paint: Paint): string {
  return paint('red', '✖')
}
