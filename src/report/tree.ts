import type { RunEvent, TaskEnded } from '../engine/events.ts'

/** A promise that a later event resolves. */
class Deferred<T> {
  readonly promise: Promise<T>
  resolve!: (value: T) => void

  constructor() {
    this.promise = new Promise(resolve => (this.resolve = resolve))
  }
}

/** A task of a host in the tree. */
export interface TreeRow {
  readonly title: string
  readonly isHandler: boolean
  readonly ended: Deferred<TaskEnded | undefined>
}

/** A host in the tree. */
export interface TreeHost {
  /** The host's tasks, which are known when the host starts the play. */
  readonly rows: Deferred<readonly TreeRow[]>
  /** Rows whose tasks have not ended. */
  open: TreeRow[]
  /** A task did not succeed: the host runs no handlers, and notified handlers stay pending. */
  stopped: boolean
}

/** A play as a tree of hosts and tasks. Events resolve the promises that the drawing waits for. */
export class TreePlay {
  readonly play: string
  readonly hosts: ReadonlyMap<string, TreeHost>

  constructor({ play, hosts }: Extract<RunEvent, { event: 'play' }>) {
    this.play = play
    this.hosts = new Map(hosts.map(name => [name, { rows: new Deferred(), open: [], stopped: false }]))
  }

  take(event: RunEvent): void {
    const host = 'host' in event ? this.hosts.get(event.host) : undefined
    if (!host) return
    switch (event.event) {
      case 'host': {
        const row = (title: string, isHandler: boolean): TreeRow => ({ title, isHandler, ended: new Deferred() })
        const rows = [...event.tasks.map(title => row(title, false)), ...event.handlers.map(title => row(title, true))]
        host.open = [...rows]
        host.rows.resolve(rows)
        break
      }
      case 'task': {
        if (!['ok', 'changed', 'pending'].includes(event.status)) host.stopped = true
        // Titles may repeat; the first open row with the title is the right one, because tasks end in order.
        const at = host.open.findIndex(({ title }) => title === event.task)
        if (at >= 0) host.open.splice(at, 1)[0]?.ended.resolve(event)
        break
      }
      case 'host-end':
        host.rows.resolve([])
        for (const { ended } of host.open) ended.resolve(undefined)
        break
      default:
    }
  }
}
