import { stripVTControlCharacters } from 'node:util'
import type { Screen } from './screen.ts'

/** A timer: calls `call` at each interval. @returns a function that stops the timer */
export type Every = (milliseconds: number, call: () => void) => () => void

/** The timer of the real clock. It does not keep the process alive. */
export const everyTick: Every = (milliseconds, call) => {
  const timer = setInterval(call, milliseconds).unref()
  return () => clearInterval(timer)
}

/** Milliseconds between two draws. Many hosts cause thousands of events in that time: to draw each would be slow. */
const drawEvery = 100

const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'
const eraseBelow = '\u001b[J'
const eraseLine = '\u001b[2K'
/** Switches line wrapping off: each line is one row, even if the terminal draws a character wider. @see DECAWM */
const wrapOff = '\u001b[?7l'
const wrapOn = '\u001b[?7h'

/**
 * The last lines of a terminal, which are redrawn at most ten times a second. They always fit on the screen, because
 * lines that have scrolled away can't be redrawn. Without a terminal nothing is drawn, and `print` writes at once.
 */
export class LiveRegion {
  readonly #screen: Screen
  readonly #lines: (height: number) => readonly string[]
  readonly #every: Every
  /** Lines that are still to be written above the region. They are never redrawn. */
  #above: string[] = []
  #drawn: readonly string[] = []
  #columns = 0
  #rows = 0
  #stopClock: (() => void) | undefined
  #stopOthers: (() => void) | undefined
  #isOpen = false

  /** @param lines returns the lines to draw, at most `height` of them; long lines are cut */
  constructor(screen: Screen, lines: (height: number) => readonly string[], every: Every) {
    this.#screen = screen
    this.#lines = lines
    this.#every = every
  }

  start(): void {
    this.#isOpen = true
    if (this.#screen.isLive) {
      this.#screen.write(hideCursor)
      process.once('exit', this.#showCursor)
      this.#stopOthers = this.#screen.beforeOthers(() => this.#flush())
      this.#stopClock = this.#every(drawEvery, () => this.#draw())
      this.#draw()
    } else this.#flush()
  }

  /** Prints lines above the region. */
  print(lines: readonly string[]): void {
    for (const line of lines) this.#above.push(line)
    if (this.#isOpen && !this.#screen.isLive) this.#flush()
  }

  /** Erases the region. Printed lines stay. */
  stop(): void {
    this.#isOpen = false
    this.#stopClock?.()
    this.#stopOthers?.()
    this.#flush()
    if (!this.#screen.isLive) return
    process.off('exit', this.#showCursor)
    this.#showCursor()
  }

  readonly #showCursor = (): void => this.#screen.write(showCursor)

  #flush(): void {
    const text = this.#above.map(line => `${line}\n`).join('')
    this.#above = []
    const erased = this.#erase()
    if (erased + text !== '') this.#screen.write(erased + text)
  }

  #draw(): void {
    const { columns, rows } = this.#screen
    // After a resize the terminal has wrapped the lines again: they can't be redrawn one by one.
    if (this.#above.length > 0 || columns !== this.#columns || rows !== this.#rows) this.#flush()
    this.#columns = columns
    this.#rows = rows
    // One row less, because the cursor is on the row below the region.
    const height = Math.max(1, rows - 1)
    const lines = this.#lines(height)
      .slice(-height)
      .map(line => oneRow(line, columns))
    const before = this.#drawn
    if (lines.length === before.length && lines.every((line, i) => line === before[i])) return
    const body = lines.map((line, i) => (line === before[i] ? '\n' : `${eraseLine}${line}\n`)).join('')
    this.#screen.write(`${wrapOff}${up(before.length)}${body}${eraseBelow}${wrapOn}`)
    this.#drawn = lines
  }

  #erase(): string {
    const width = this.#screen.columns
    // A terminal that became narrower has wrapped long lines.
    const height = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(lengthOf(line) / width)), 0)
    this.#drawn = []
    const rows = Math.min(height, this.#screen.rows - 1)
    // Erased line by line: after "erase all below" from the first cell, tmux keeps the whole screen in its history.
    return `${up(rows)}${`${eraseLine}\n`.repeat(rows)}${up(rows)}`
  }
}

function up(rows: number): string {
  return rows > 0 ? `\u001b[${rows}A\r` : ''
}

function lengthOf(line: string): number {
  return stripVTControlCharacters(line).length
}

const colours = /(\u001b\[[\d;]*m)/

/**
 * Cuts a line to one row of a width. All colour codes stay, so that each colour is switched off again. Characters that
 * move the cursor are removed, because the output of a host may hold any character.
 */
export function oneRow(line: string, width: number): string {
  const parts = line
    .split(colours)
    .map((part, i) => (i % 2 === 1 ? part : stripVTControlCharacters(part).replace(/[\u0000-\u001f\u007f]/g, ' ')))
  const texts = parts.filter((_, i) => i % 2 === 0)
  if (texts.join('').length <= width) return parts.join('')
  let left = width - 1
  return parts
    .map((part, i) => {
      if (i % 2 === 1) return part
      const shown = part.slice(0, Math.max(0, left))
      const isCut = left >= 0 && part.length > left
      left = isCut ? -1 : left - part.length
      return isCut ? `${shown}…` : shown
    })
    .join('')
}
