import type { Report, RunEvent } from '../engine/events.ts'
import { FoldedPlay } from './fold.ts'
import { finalLines, foldedRecap, liveLines } from './fold-lines.ts'
import { everyTick, LiveRegion, type Every } from './live-region.ts'
import type { Screen } from './screen.ts'
import { recapLines, type TextOptions } from './text.ts'
import { traceLines } from './trace.ts'
import { TreePlay } from './tree.ts'

/** The rows that one host needs in the tree, so that some of its tasks can be seen. */
const rowsPerHost = 6

/** A play on this many hosts, or fewer, is always drawn as a tree, even on a small screen. */
const alwaysTree = 2

/** The drawing of the current play. */
interface Drawing {
  readonly take: (event: RunEvent) => void
  /** Prints lines without disturbing the drawing. */
  readonly print: (lines: readonly string[]) => void
  readonly end: () => void
}

/**
 * The output for a person at a terminal. A play on a few hosts is a live tree of hosts and tasks. When the screen is
 * too small for the tree, the play is folded: one line for all hosts with the same progress or result.
 */
export class PrettyReport {
  readonly #options: TextOptions
  readonly #screen: Screen
  readonly #every: Every
  #play: Drawing | undefined
  /** Ends when all plays so far are drawn. Plays are drawn one after the other. */
  #drawing: Promise<void> = Promise.resolve()

  /** @param every the timer for live regions */
  constructor(options: TextOptions, screen: Screen, every: Every = everyTick) {
    this.#options = options
    this.#screen = screen
    this.#every = every
  }

  readonly report: Report = event => {
    const { paint } = this.#options
    this.#play?.take(event)
    switch (event.event) {
      case 'run':
        this.#print([
          paint('bold', event.check ? `${event.playbook} (check mode: nothing is changed)` : event.playbook),
        ])
        break
      case 'play':
        this.#end()
        this.#play =
          event.hosts.length <= Math.max(alwaysTree, this.#screen.rows / rowsPerHost)
            ? this.#tree(event)
            : this.#fold(event)
        break
      case 'play-end':
        this.#end()
        break
      case 'warning':
        this.#print([`warning: ${event.message}`])
        break
      case 'connected':
      case 'script':
        this.#print(traceLines(event, this.#options))
        break
      case 'recap': {
        this.#end()
        const isFleet = Object.keys(event.hosts).length > this.#screen.rows
        this.#print(isFleet ? foldedRecap(event, paint) : recapLines(event.hosts, event.check, paint))
        break
      }
      case 'host':
      case 'host-end':
      case 'task-start':
      case 'task':
    }
  }

  /** Resolves when all events so far are drawn. */
  async done(): Promise<void> {
    await this.#drawing
  }

  #print(lines: readonly string[]): void {
    if (this.#play) this.#play.print(lines)
    else this.#after(lines)
  }

  #after(lines: readonly string[]): void {
    this.#drawing = this.#drawing.then(() => this.#write(lines))
  }

  #write(lines: readonly string[]): void {
    if (lines.length > 0) this.#screen.write(`${lines.join('\n')}\n`)
  }

  #end(): void {
    this.#play?.end()
    this.#play = undefined
  }

  #tree(event: Extract<RunEvent, { event: 'play' }>): Drawing {
    const play = new TreePlay(event)
    this.#drawing = this.#drawing.then(async () => {
      // Loaded only when needed: a run without a tree reaches its first host sooner.
      const { drawTree } = await import('./tree-drawing.ts')
      await drawTree(play, this.#screen, this.#options, this.#every)
    })
    // The tree redraws its lines, so other lines are printed below the tree, after it has ended.
    return { take: each => play.take(each), print: lines => this.#after(lines), end: () => {} }
  }

  #fold(event: Extract<RunEvent, { event: 'play' }>): Drawing {
    const { paint } = this.#options
    const play = new FoldedPlay(event, this.#options)
    let frame = 0
    const region = new LiveRegion(this.#screen, height => liveLines(play, height, frame++, paint), this.#every)
    let end = (): void => {}
    const ended = new Promise<void>(resolve => (end = resolve))
    this.#drawing = this.#drawing.then(async () => {
      region.start()
      await ended
      region.stop()
      this.#write(finalLines(play, paint))
    })
    return { take: each => play.take(each), print: lines => region.print(lines), end }
  }
}
