import type { DefaultRenderer } from 'listr2'
import { Listr, ListrLogger, type ListrTaskWrapper, type ListrTask, SimpleRenderer } from 'listr2'
import type { Report, RunEvent, TaskEnded } from '../engine/events.ts'
import { statusWord } from './style.ts'
import { changeText, detailLines, durationText, recapLines, type TextOptions } from './text.ts'
import { traceLines } from './trace.ts'

type Wrapper = ListrTaskWrapper<undefined, typeof DefaultRenderer, typeof SimpleRenderer>
type Tree = Listr<undefined, typeof DefaultRenderer, typeof SimpleRenderer>
type Node = ListrTask<undefined, typeof DefaultRenderer, typeof SimpleRenderer>

/** A value that an event will bring. */
class Arrival<T> {
  readonly promise: Promise<T>
  resolve!: (value: T) => void

  constructor() {
    this.promise = new Promise(resolve => (this.resolve = resolve))
  }
}

interface Row {
  readonly title: string
  readonly isHandler: boolean
  readonly ended: Arrival<TaskEnded | undefined>
}

interface HostNode {
  /** The host's tasks, known when its lane starts. */
  readonly rows: Arrival<readonly Row[]>
  /** Rows whose tasks have not ended. */
  open: Row[]
  /** A task did not end well: handlers are not run, and what they are owed stays. */
  stopped: boolean
}

/** A live listr2 tree: plays, hosts in parallel, tasks. Events come in; the tree waits for them. */
export class PrettyReport {
  readonly #options: TextOptions
  readonly #write: (lines: readonly string[]) => void
  #hosts = new Map<string, HostNode>()
  /** The drawing of plays, one after the other. */
  #drawing: Promise<unknown> = Promise.resolve()

  constructor(options: TextOptions, write: (lines: readonly string[]) => void) {
    this.#options = options
    this.#write = write
  }

  readonly report: Report = event => {
    switch (event.event) {
      case 'run':
        this.#write([
          this.#options.paint(
            'bold',
            event.check ? `${event.playbook} (check mode: nothing is changed)` : event.playbook,
          ),
        ])
        break
      case 'play':
        this.#startPlay(event.play, event.hosts)
        break
      case 'host':
        this.#startHost(event)
        break
      case 'task':
        this.#endTask(event)
        break
      case 'host-end':
        this.#endHost(event.host)
        break
      case 'warning':
        this.#after([`warning: ${event.message}`])
        break
      case 'connected':
      case 'script':
        // The tree redraws its lines: what belongs to none of them stands below it.
        this.#after(traceLines(event, this.#options))
        break
      case 'recap':
        this.#after(recapLines(event.hosts, event.check, this.#options.paint))
        break
      case 'task-start':
      case 'play-end':
        break
    }
  }

  /** Resolves when everything reported so far is drawn. */
  async done(): Promise<void> {
    await this.#drawing
  }

  #after(lines: readonly string[]): void {
    this.#drawing = this.#drawing.then(() => this.#write(lines))
  }

  #startPlay(play: string, names: readonly string[]): void {
    const hosts = new Map(
      names.map((name): [string, HostNode] => [name, { rows: new Arrival(), open: [], stopped: false }]),
    )
    this.#hosts = hosts
    const nodes = [...hosts].map(([name, node]): Node => ({
      title: name,
      task: (_, wrapper) => this.#drawHost(node, wrapper),
    }))
    const tree = new Listr<undefined, typeof DefaultRenderer, typeof SimpleRenderer>(
      [{ title: play, task: (_, wrapper) => wrapper.newListr(nodes, { concurrent: true, exitOnError: false }) }],
      {
        exitOnError: false,
        // haq finishes the step in hand when it is interrupted; listr2 would leave at once.
        registerSignalListeners: false,
        fallbackRenderer: SimpleRenderer,
        // Without a terminal listr2 would write what failed to standard error, apart from the rest.
        fallbackRendererOptions: { logger: new ListrLogger({ useIcons: true }) },
        rendererOptions: {
          collapseSubtasks: false,
          collapseErrors: false,
          showErrorMessage: false,
          formatOutput: 'wrap',
        },
      },
    )
    this.#drawing = this.#drawing.then(() => tree.run())
  }

  async #drawHost(node: HostNode, wrapper: Wrapper): Promise<Tree> {
    const rows = await node.rows.promise
    const nodes = rows.map((row): Node => ({
      title: row.title,
      task: (_, own) => this.#drawTask(node, row, own),
      rendererOptions: { persistentOutput: true, outputBar: Number.POSITIVE_INFINITY },
    }))
    // They end in this order, so that those still to come show as waiting.
    return wrapper.newListr(nodes, { concurrent: false, exitOnError: false })
  }

  async #drawTask(node: HostNode, { title, isHandler, ended }: Row, own: Wrapper): Promise<void> {
    const { paint } = this.#options
    const task = await ended.promise
    if (!task) {
      own.title = isHandler ? paint('dim', `${title} (handler, ${node.stopped ? 'not run' : 'nothing owed'})`) : title
      return
    }
    own.title = `${statusWord(task.status, paint)}  ${title}  ${paint('dim', durationText(task.seconds))}`
    const lines = [...task.changes.map(changeText), ...detailLines(task, this.#options)]
    if (lines.length > 0) own.output = lines.join('\n')
    if (task.status === 'skipped') own.skip(own.title)
    if (task.status === 'failed' || task.status === 'unreachable') throw new Error(task.status)
  }

  #startHost({ host, tasks, handlers }: Extract<RunEvent, { event: 'host' }>): void {
    const row = (title: string, isHandler: boolean): Row => ({ title, isHandler, ended: new Arrival() })
    const rows = [...tasks.map(title => row(title, false)), ...handlers.map(title => row(title, true))]
    const node = this.#hosts.get(host)
    if (node) node.open = [...rows]
    node?.rows.resolve(rows)
  }

  /** Ends the next row of that title: titles may repeat, and come in order. */
  #endTask(task: TaskEnded): void {
    const node = this.#hosts.get(task.host)
    if (!node) return
    if (!['ok', 'changed', 'pending'].includes(task.status)) node.stopped = true
    const at = node.open.findIndex(({ title }) => title === task.task)
    if (at >= 0) node.open.splice(at, 1)[0]?.ended.resolve(task)
  }

  #endHost(host: string): void {
    const node = this.#hosts.get(host)
    node?.rows.resolve([])
    for (const { ended } of node?.open ?? []) ended.resolve(undefined)
  }
}
