import type { Change } from '../core/step.ts'
import type { Failure, HostRecap, TaskEnded, TaskStatus } from '../engine/events.ts'
import { diffLines } from './diff.ts'
import { paintStatus, statusWord, type Paint } from './style.ts'

/** What of a run's details is wanted. */
export interface DetailOptions {
  readonly diff: boolean
  /** Whether diffs show old content that may hold secrets; left out where that is not kept. */
  readonly showOld?: boolean | undefined
  /** How much of what the shells did: 0 is nothing, 3 all. */
  readonly verbosity: number
}

export interface TextOptions extends DetailOptions {
  readonly paint: Paint
}

/** Lines of a failing step's output that are shown; the journal and `json` have all of it. */
const outputLines = 20

export function changeText({ what, from, to }: Change): string {
  return `${what}: ${from} → ${to}`
}

/** A task's name with what it changes. */
export function taskTitle({ task, changes }: TaskEnded): string {
  return changes.length === 0 ? task : `${task} (${changes.map(changeText).join('; ')})`
}

/** The line of a task, on a host or on several, with what belongs to it below. */
export function taskLines(
  { status, hosts, title, duration }: { status: TaskStatus; hosts: string; title: string; duration: string },
  details: readonly string[],
  paint: Paint,
): readonly string[] {
  return [`${[statusWord(status, paint), hosts, title].join('  ')}  ${duration}`, ...details.map(line => `    ${line}`)]
}

export function durationText(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)}s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`
}

/** What stands below a task's own line: diffs, what only the run can tell, and what went wrong. */
export function detailLines(task: TaskEnded, { diff, showOld, paint }: TextOptions): readonly string[] {
  return [
    ...(diff ? task.changes.flatMap(change => diffLines(change, paint, showOld)) : []),
    ...task.pending.map(that => `pending: ${that}`),
    ...(task.failure ? failureLines(task.failure) : []),
  ]
}

function failureLines({ message, hint, stdout, stderr }: Failure): readonly string[] {
  return [
    ...message.split('\n'),
    ...(hint ? [`hint: ${hint}`] : []),
    ...tail('stdout', stdout),
    ...tail('stderr', stderr),
  ]
}

function tail(name: string, text: string | undefined): readonly string[] {
  if (!text) return []
  const lines = text.split('\n')
  const shown = lines.slice(-outputLines)
  return [
    lines.length > shown.length ? `${name} (last ${outputLines} of ${lines.length} lines):` : `${name}:`,
    ...shown.map(line => `  ${line}`),
  ]
}

/** The recap that closes every output. */
export function recapLines(
  hosts: Readonly<Record<string, HostRecap>>,
  check: boolean,
  paint: Paint,
): readonly string[] {
  const rows = Object.entries(hosts).map(([name, counts]): readonly [string, HostRecap] => [name, counts])
  return [recapTitle(check, paint), ...countsTable(rows, paint)]
}

export function recapTitle(check: boolean, paint: Paint): string {
  return paint('bold', check ? 'recap (check mode: nothing was changed)' : 'recap')
}

/** Names beyond this width push their counts aside: those of hosts that agree may fill lines. */
const widestName = 40

/** A line for each host, or for hosts that agree: the counts stand in a column of their own. */
export function countsTable(rows: readonly (readonly [string, HostRecap])[], paint: Paint): readonly string[] {
  const width = rows.reduce((most, [{ length }]) => (length > widestName ? most : Math.max(most, length)), 0)
  return rows.map(([label, counts]) => `${label.padEnd(width)}  ${countsText(Object.entries(counts), paint)}`)
}

/** How many tasks ended how. */
export function countsText(counts: readonly (readonly [string, number])[], paint: Paint): string {
  return counts.map(([status, count]) => countText(status as TaskStatus, count, paint)).join(' ')
}

function countText(status: TaskStatus, count: number, paint: Paint): string {
  const text = `${status}=${count}`
  return count === 0 ? text : paintStatus(status, text, paint)
}
