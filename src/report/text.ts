import type { Change } from '../core/step.ts'
import type { Failure, HostRecap, TaskEnded, TaskStatus } from '../engine/events.ts'
import { diffLines } from './diff.ts'
import { paintStatus, statusWord, type Paint } from './style.ts'

/** The details of a run that a report shows. */
export interface DetailOptions {
  readonly diff: boolean
  /** Whether diffs show old content that may hold secrets; undefined where that is not kept. */
  readonly showOld?: boolean | undefined
  /** How many `-v` were given: 0 shows no scripts, 3 shows everything. */
  readonly verbosity: number
}

export interface TextOptions extends DetailOptions {
  readonly paint: Paint
}

/** The most lines of a failed step's output that are shown. The journal and `json` have all lines. */
const outputLines = 20

export function changeText({ what, from, to }: Change): string {
  return `${what}: ${from} → ${to}`
}

/** A task's name and its changes. */
export function taskTitle({ task, changes }: TaskEnded): string {
  return changes.length === 0 ? task : `${task} (${changes.map(changeText).join('; ')})`
}

/** The line of a task on one or several hosts, and its details in the lines below. */
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

/** The lines below the line of a task: diffs, changes that only the run can determine, and the failure. */
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

/** The recap at the end of every output. */
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

/** A longer label does not widen the column, because it may list the names of many hosts. */
const widestName = 40

/** One line for each label (a host, or hosts with equal counts), with the counts in a second column. */
export function countsTable(rows: readonly (readonly [string, HostRecap])[], paint: Paint): readonly string[] {
  const width = rows.reduce((most, [{ length }]) => (length > widestName ? most : Math.max(most, length)), 0)
  return rows.map(([label, counts]) => `${label.padEnd(width)}  ${countsText(Object.entries(counts), paint)}`)
}

/** The number of tasks for each status, as text. */
export function countsText(counts: readonly (readonly [string, number])[], paint: Paint): string {
  return counts.map(([status, count]) => countText(status as TaskStatus, count, paint)).join(' ')
}

function countText(status: TaskStatus, count: number, paint: Paint): string {
  const text = `${status}=${count}`
  return count === 0 ? text : paintStatus(status, text, paint)
}
