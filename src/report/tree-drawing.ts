import { stripVTControlCharacters } from 'node:util'
import {
  DefaultRenderer,
  Listr,
  ListrLogger,
  SimpleRenderer,
  Spinner,
  type ListrTask,
  type ListrTaskWrapper,
} from 'listr2'
import { LiveRegion, type Every } from './live-region.ts'
import type { Screen } from './screen.ts'
import { statusWord } from './style.ts'
import { changeText, detailLines, durationText, type TextOptions } from './text.ts'
import type { TreeHost, TreePlay, TreeRow } from './tree.ts'

type Wrapper = ListrTaskWrapper<undefined, typeof DefaultRenderer, typeof SimpleRenderer>
type Tree = Listr<undefined, typeof DefaultRenderer, typeof SimpleRenderer>
type Node = ListrTask<undefined, typeof DefaultRenderer, typeof SimpleRenderer>

/** Draws a play with listr2 until it has ended. */
export async function drawTree(play: TreePlay, screen: Screen, options: TextOptions, every: Every): Promise<void> {
  const nodes = [...play.hosts].map(([name, host]): Node => ({
    title: name,
    task: (_, wrapper) => drawHost(host, wrapper, screen.isLive, options),
  }))
  const tree = new Listr<undefined, typeof DefaultRenderer, typeof SimpleRenderer>(
    [{ title: play.play, task: (_, wrapper) => wrapper.newListr(nodes, { concurrent: true, exitOnError: false }) }],
    {
      exitOnError: false,
      // On Ctrl-C haq finishes the current step; listr2 would exit at once.
      registerSignalListeners: false,
      renderer: throttledRenderer(screen, every),
      fallbackRenderer: SimpleRenderer,
      fallbackRendererCondition: !screen.isLive,
      // By default, listr2 writes failures to standard error when there is no terminal.
      fallbackRendererOptions: { logger: new ListrLogger({ useIcons: true }) },
      rendererOptions: {
        collapseSubtasks: false,
        collapseErrors: false,
        showErrorMessage: false,
        formatOutput: 'wrap',
      },
    },
  )
  await tree.run()
}

/** listr2 draws at each change, which is too slow for many changes. With this renderer the live region draws. */
function throttledRenderer(screen: Screen, every: Every): typeof DefaultRenderer {
  return class ThrottledRenderer extends DefaultRenderer {
    readonly #spinner: Spinner
    readonly #region: LiveRegion

    constructor(...[tasks, options, events]: ConstructorParameters<typeof DefaultRenderer>) {
      const spinner = new ManualSpinner()
      super(tasks, { ...options, spinner }, events)
      this.#spinner = spinner
      const draw = (height: number): readonly string[] => {
        this.#spinner.spin()
        return fittedTree(this.create().split('\n'), height)
      }
      this.#region = new LiveRegion(screen, draw, every)
    }

    override async render(): Promise<void> {
      await super.render()
      this.#region.start()
    }

    override update(): void {}

    override end(): void {
      this.#region.stop()
      super.end()
    }
  }
}

/**
 * Removes lines from a tree until it fits the terminal: first waiting tasks, then tasks that were ok. So the current
 * task of each host stays visible.
 */
export function fittedTree(lines: readonly string[], height: number): readonly string[] {
  let extra = lines.length - height
  if (extra <= 0) return lines
  let fitted = lines
  // ◼ and ✔
  for (const isUnimportant of [/^ {4}\u25fc /, /^ {4}\u2714 (?:ok |.*\(handler, )/])
    fitted = fitted.filter(line => {
      if (extra <= 0 || !isUnimportant.test(stripVTControlCharacters(line))) return true
      extra--
      return false
    })
  return fitted
}

/** A spinner without a timer: it turns only when `spin` is called. */
class ManualSpinner extends Spinner {
  override start(): void {}
}

async function drawHost(host: TreeHost, wrapper: Wrapper, isLive: boolean, options: TextOptions): Promise<Tree> {
  const rows = await host.rows.promise
  const nodes = rows.map((row): Node => ({
    title: row.title,
    task: (_, own) => drawTask(host, row, own, isLive, options),
    rendererOptions: { persistentOutput: true, outputBar: Number.POSITIVE_INFINITY },
  }))
  // Tasks end in this order. With `concurrent`, listr2 would show later tasks as running, not as waiting.
  return wrapper.newListr(nodes, { concurrent: false, exitOnError: false })
}

async function drawTask(
  host: TreeHost,
  row: TreeRow,
  own: Wrapper,
  isLive: boolean,
  options: TextOptions,
): Promise<void> {
  const { title, isHandler, ended } = row
  const { paint } = options
  const task = await ended.promise
  if (!task) {
    own.title = isHandler ? paint('dim', `${title} (handler, ${host.stopped ? 'not run' : 'not notified'})`) : title
    return
  }
  const head = `${statusWord(task.status, paint)}  ${title}  ${paint('dim', durationText(task.seconds))}`
  const lines = [...task.changes.map(changeText), ...detailLines(task, options)]
  // listr2 loses the output of a task that was not drawn yet. So on a terminal the output is part of the title.
  own.title = isLive ? [head, ...lines.map((line, i) => `${i === 0 ? '›' : ' '} ${line}`)].join('\n') : head
  if (!isLive && lines.length > 0) own.output = lines.join('\n')
  if (task.status === 'skipped') own.skip(own.title)
  if (task.status === 'failed' || task.status === 'unreachable') throw new Error(task.status)
}
