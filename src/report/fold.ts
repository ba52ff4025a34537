import { emptyRecap, type HostRecap, type RunEvent, type TaskEnded, type TaskStatus } from '../engine/events.ts'
import { detailLines, taskTitle, type TextOptions } from './text.ts'

/** A host in a folded play: its current task, and the counts of its ended tasks. */
export interface FoldedHost {
  readonly name: string
  /** The host's position among the hosts of the play. */
  readonly index: number
  readonly counts: HostRecap
  isBegun: boolean
  tasks: number
  ended: number
  /** The group of hosts at the same task; `undefined` when the host is not running. */
  group: RunningGroup | undefined
}

/** Hosts that are at the same task. */
export interface RunningGroup {
  /** The number of the task in the play. A handler has a number greater than `tasks`. */
  readonly position: number
  readonly tasks: number
  readonly task: string
  readonly hosts: Set<FoldedHost>
}

/** Hosts that are done and have the same counts. */
export interface EndedGroup {
  readonly counts: HostRecap
  readonly hosts: Set<FoldedHost>
}

/** A task that did not end ok, and all hosts on which its text is exactly the same. */
export interface SharedResult {
  readonly status: TaskStatus
  readonly title: string
  readonly details: readonly string[]
  readonly hosts: Set<FoldedHost>
  /** The shortest and the longest time that a host needed, in seconds. */
  fastest: number
  slowest: number
}

/** The progress of a play on many hosts. The cost of an event does not grow with the number of hosts. */
export class FoldedPlay {
  readonly play: string
  readonly hosts: ReadonlyMap<string, FoldedHost>
  /** Running hosts, grouped by their current task. */
  readonly running = new Map<string, RunningGroup>()
  /** Hosts that are done, grouped by their counts. */
  readonly ended = new Map<string, EndedGroup>()
  readonly failures = new Map<string, SharedResult>()
  /** Tasks that changed something, and pending handlers. */
  readonly changes = new Map<string, SharedResult>()
  /** The number of hosts that are running or done. */
  begun = 0
  readonly #options: TextOptions

  constructor({ play, hosts }: Extract<RunEvent, { event: 'play' }>, options: TextOptions) {
    this.play = play
    this.hosts = new Map(hosts.map((name, index) => [name, foldedHost(name, index)]))
    this.#options = options
  }

  take(event: RunEvent): void {
    const host = 'host' in event ? this.hosts.get(event.host) : undefined
    if (!host) return
    switch (event.event) {
      case 'host':
        host.tasks = event.tasks.length
        this.#begin(host)
        break
      case 'task-start':
        this.#move(host, event.task)
        break
      case 'task':
        host.ended++
        host.counts[event.status]++
        this.#note(host, event)
        break
      case 'host-end': {
        this.#begin(host)
        this.#leave(host)
        const key = JSON.stringify(host.counts)
        const alike = this.ended.get(key)
        if (alike) alike.hosts.add(host)
        else this.ended.set(key, { counts: host.counts, hosts: new Set([host]) })
        break
      }
      default:
    }
  }

  #begin(host: FoldedHost): void {
    if (!host.isBegun) this.begun++
    host.isBegun = true
  }

  #move(host: FoldedHost, task: string): void {
    this.#leave(host)
    const position = host.ended + 1
    const key = `${position}/${host.tasks} ${task}`
    let group = this.running.get(key)
    if (!group) this.running.set(key, (group = { position, tasks: host.tasks, task, hosts: new Set() }))
    group.hosts.add(host)
    host.group = group
  }

  #leave(host: FoldedHost): void {
    const { group } = host
    if (!group) return
    host.group = undefined
    group.hosts.delete(host)
    if (group.hosts.size === 0) this.running.delete(`${group.position}/${group.tasks} ${group.task}`)
  }

  #note(host: FoldedHost, task: TaskEnded): void {
    const { status, seconds } = task
    if (status === 'ok' || status === 'skipped') return
    const list = status === 'changed' || status === 'pending' ? this.changes : this.failures
    const title = taskTitle(task)
    const details = detailLines(task, this.#options)
    let key = [status, title, ...details].join('\n')
    // Titles may repeat: a result that a host reports twice is listed twice.
    while (list.get(key)?.hosts.has(host)) key += '\n'
    let result = list.get(key)
    if (!result)
      list.set(key, (result = { status, title, details, hosts: new Set(), fastest: seconds, slowest: seconds }))
    result.hosts.add(host)
    result.fastest = Math.min(result.fastest, seconds)
    result.slowest = Math.max(result.slowest, seconds)
  }
}

function foldedHost(name: string, index: number): FoldedHost {
  return { name, index, counts: emptyRecap(), isBegun: false, tasks: 0, ended: 0, group: undefined }
}
