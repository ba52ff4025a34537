import type { RunEvent, TaskEnded } from '../engine/events.ts'
import { differenceText, planAgain } from './guard.ts'
import { hostsOf, tasksOf, type SavedEvent, type SavedTask } from './saved-plan.ts'

/**
 * Compares a saved plan with what a run would do now.
 * @returns for each host with a difference, the first task that differs, as a failed task for the report
 */
export function driftOf(saved: readonly SavedEvent[], now: readonly SavedEvent[]): ReadonlyMap<string, TaskEnded> {
  const hosts = [...new Set([...hostsOf(saved), ...hostsOf(now)])]
  return new Map(
    hosts.flatMap(host => {
      const difference = differenceOn(
        host,
        tasksOf(saved).filter(task => task.host === host),
        tasksOf(now).filter(task => task.host === host),
      )
      return difference ? [[host, difference] as const] : []
    }),
  )
}

function differenceOn(host: string, saved: readonly SavedTask[], now: readonly SavedTask[]): TaskEnded | undefined {
  for (let i = 0; i < Math.max(saved.length, now.length); i++) {
    const [before, after] = [saved[i], now[i]]
    if (before && after && sameTask(before, after)) {
      const difference = differenceIn(before, after)
      if (difference) return difference
    } else if (after && !saved.some(task => sameTask(task, after))) {
      return refused(after, `the plan for ${host} does not have this task`)
    } else if (before && !now.some(task => sameTask(task, before))) {
      return refused(before, `the playbook no longer has this task for ${host}`)
    } else if (before) {
      return refused(before, `the playbook now has this task at another place for ${host}`)
    }
  }
  return undefined
}

function differenceIn(before: SavedTask, after: SavedTask): TaskEnded | undefined {
  // A failure on the host now is more important than the difference.
  if (isBad(after)) return { ...refused(after, ''), status: after.status, failure: after.failure }
  if (isBad(before))
    return refused(before, `the plan ends here for ${before.host}: ${before.failure?.message ?? before.status}`)
  const content = ({ changes, digests, pending }: SavedTask): string => JSON.stringify([changes, digests, pending])
  if (content(before) === content(after)) return undefined
  return refused(after, differenceText(before.host, wordsOf(before), wordsOf(after)))
}

function sameTask(a: SavedTask, b: SavedTask): boolean {
  return a.play === b.play && a.task === b.task && a.module === b.module && a.nth === b.nth
}

function isBad({ status }: SavedTask): boolean {
  return status === 'failed' || status === 'unreachable'
}

function wordsOf({ changes, pending }: SavedTask): readonly string[] {
  return [
    ...changes.map(({ what, from, to }) => `${what}: ${from} → ${to}`),
    ...pending.map(that => `pending: ${that}`),
  ]
}

function refused({ play, host, task, module }: SavedTask, message: string): TaskEnded {
  return {
    event: 'task',
    ...{ play, host, task, module },
    status: 'failed',
    changes: [],
    pending: [],
    failure: { message, hint: planAgain },
    seconds: 0,
  }
}

/** The events that report the refused hosts: one task for each host. */
export function refusalEvents(refusals: Iterable<TaskEnded>): readonly RunEvent[] {
  const plays = new Map<string, TaskEnded[]>()
  for (const task of refusals) plays.set(task.play, [...(plays.get(task.play) ?? []), task])
  return [...plays].flatMap(([play, tasks]): readonly RunEvent[] => [
    { event: 'play', play, hosts: tasks.map(({ host }) => host) },
    ...tasks.flatMap((task): readonly RunEvent[] => [
      { event: 'host', play, host: task.host, tasks: [task.task], handlers: [] },
      task,
      { event: 'host-end', play, host: task.host },
    ]),
    { event: 'play-end', play },
  ])
}
