import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { stripVTControlCharacters } from 'node:util'
import { test } from 'uvu'
import { LiveRegion, oneRow, type Every } from '../../src/report/live-region.ts'
import { PrettyReport } from '../../src/report/pretty.ts'
import { screenOf, type Screen } from '../../src/report/screen.ts'
import { fittedTree } from '../../src/report/tree-drawing.ts'
import { events } from './events.ts'
import { fleetEvents } from './fleet.ts'

/** A terminal that records its output, and a clock that the test controls. */
function terminal(isLive = true): {
  screen: { -readonly [key in keyof Screen]: Screen[key] }
  writes: string[]
  every: Every
  tick: () => void
} {
  const writes: string[] = []
  const calls = new Set<() => void>()
  return {
    writes,
    screen: {
      ...{ isLive, rows: 12, columns: 40 },
      write: text => void writes.push(text),
      beforeOthers: () => () => {},
    },
    every: (milliseconds, call) => {
      ok(milliseconds >= 100, 'more than ten draws a second')
      calls.add(call)
      return () => calls.delete(call)
    },
    tick: () => calls.forEach(call => call()),
  }
}

const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('a region is drawn at its start and at each tick of the clock, and only changed rows are drawn again', () => {
  const { screen, writes, every, tick } = terminal()
  let lines = ['one', 'two']
  const region = new LiveRegion(screen, () => lines, every)
  region.start()
  strictEqual(writes.filter(text => text.includes('one')).length, 1)
  writes.length = 0
  tick()
  tick()
  strictEqual(writes.length, 0)
  lines = ['one', 'three']
  strictEqual(writes.length, 0)
  tick()
  strictEqual(writes.length, 1)
  ok(writes.every(text => text.includes('three') && !text.includes('one')))
  region.stop()
})

test('a region is never higher or wider than its terminal', () => {
  const { screen, writes, every, tick } = terminal()
  const heights: number[] = []
  const draw = (height: number): readonly string[] => {
    heights.push(height)
    return Array.from({ length: 30 }, () => `${Math.random()} ${'x'.repeat(100)}`)
  }
  const region = new LiveRegion(screen, draw, every)
  region.start()
  for (const [rows, columns] of [
    [5, 40],
    [20, 10],
    [2, 2],
    [1, 80],
  ] as const) {
    Object.assign(screen, { rows, columns })
    writes.length = 0
    tick()
    const lines = stripVTControlCharacters(writes.at(-1) ?? '').split('\n')
    ok(lines.length <= Math.max(2, rows), `${lines.length} lines in ${rows} rows`)
    for (const line of lines) ok(line.replace('\r', '').length <= columns)
  }
  deepStrictEqual(heights, [11, 4, 19, 1, 1])
  region.stop()
})

test('printed lines are above the region, and the cursor is visible again at the end', () => {
  const { screen, writes, every, tick } = terminal()
  const region = new LiveRegion(screen, () => ['region'], every)
  region.start()
  region.print(['said'])
  ok(!writes.join('').includes('said'))
  tick()
  ok(writes.join('').indexOf('said\n') < writes.join('').lastIndexOf('region'))
  region.stop()
  ok(writes.at(-1)?.endsWith('\u001b[?25h'))
})

test('a cut row keeps its colour codes, and no character in it moves the cursor', () => {
  strictEqual(oneRow('abc', 3), 'abc')
  strictEqual(oneRow('abcd', 3), 'ab…')
  strictEqual(oneRow('\u001b[31mabcd\u001b[39m', 3), '\u001b[31mab…\u001b[39m')
  strictEqual(oneRow('ab\u001b[1mcd\u001b[22mef', 4), 'ab\u001b[1mc…\u001b[22m')
  strictEqual(oneRow('\u001b[2Ja\rb\tc', 9), 'a b c')
})

test('a play on many hosts is drawn at each tick, however many events there are, and is complete without a terminal', async () => {
  for (const isLive of [true, false]) {
    const { screen, writes, every } = terminal(isLive)
    const report = new PrettyReport({ diff: false, verbosity: 0, paint: (_, text) => text }, screen, every)
    for (const event of fleetEvents.slice(0, -1)) report.report(event)
    await settle()
    report.report({ event: 'warning', message: 'odd' })
    ok(writes.length <= 2, `${writes.length} writes`)
    for (const event of fleetEvents.slice(-1)) report.report(event)
    await report.done()
    const text = stripVTControlCharacters(writes.join(''))
    ok(text.includes('warning: odd'))
    ok(text.endsWith('  ✔ 54 hosts  ok=3\n'), text)
  }
})

test('a tree is drawn at each tick, and shows also tasks that ended between two ticks', async () => {
  const { screen, writes, every } = terminal()
  const report = new PrettyReport({ diff: true, verbosity: 0, paint: (_, text) => text }, screen, every)
  const { write } = process.stdout
  process.stdout.write = (chunk: string | Uint8Array): boolean => writes.push(chunk.toString()) > 0
  try {
    for (const event of events) report.report(event)
    await report.done()
  } finally {
    process.stdout.write = write
  }
  const text = stripVTControlCharacters(writes.join(''))
  for (const words of ['/x: one → two', '+two', 'disk full', 'hint: free some', 'pending: the broker runs', 'a: gone'])
    ok(text.includes(words), `${words} is missing in\n${text}`)
  ok(writes.filter(chunk => chunk.includes('\u001b[?7l')).length <= 1)
})

test('the recap has one line per host as long as it fits on the screen', async () => {
  const none = { ok: 1, changed: 0, failed: 0, unreachable: 0, skipped: 0, pending: 0 }
  for (const [count, lines] of [
    [12, 13],
    [13, 2],
  ] as const) {
    const { screen, writes, every } = terminal(false)
    const report = new PrettyReport({ diff: false, verbosity: 0, paint: (_, text) => text }, screen, every)
    const hosts = Object.fromEntries(Array.from({ length: count }, (_, i) => [`host${i}`, none]))
    report.report({ event: 'recap', check: false, hosts })
    await report.done()
    strictEqual(writes.join('').trimEnd().split('\n').length, lines)
  }
})

test('other writes to the terminal are announced until the listener is removed', () => {
  const { write } = process.stderr
  const written: string[] = []
  process.stderr.write = (text: string | Uint8Array): boolean => written.push(text.toString()) > 0
  try {
    const stop = screenOf(process.stderr, {}).beforeOthers(() => void written.push('erased'))
    process.stderr.write('interrupted')
    stop()
    process.stderr.write('later')
  } finally {
    process.stderr.write = write
  }
  deepStrictEqual(written, ['erased', 'interrupted', 'later'])
})

test('a tree that is too high loses waiting tasks, then tasks that were ok, and no other task', () => {
  const tree = [
    ...['❯ base', '  ❯ a', '    ✔ ok           file /a  0.1s', '    ✔ changed      file /b  0.1s', '      › /b: x → y'],
    ...['    ⠋ file /c', '    ◼ file /d', '    ◼ restart'],
  ]
  deepStrictEqual(fittedTree(tree, 8), tree)
  deepStrictEqual(fittedTree(tree, 6), tree.slice(0, 6))
  deepStrictEqual(
    fittedTree(tree, 5),
    tree.slice(0, 6).filter(line => !line.includes('✔ ok')),
  )
})

test.run()
