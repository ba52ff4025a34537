import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { test } from 'uvu'
import * as z from 'zod'
import { defineModule, predict, run, sh, type Fact, type Script } from 'haq'
import type { Journal } from '../../src/journal/journal.ts'
import { afterUndos } from '../../src/journal/resume.ts'
import { hold, onSite, type Site } from '../engine/site.ts'
import { journaled, journaledPlays, keep, undo } from './journaled.ts'

/** An undo script that does nothing and exits with 0. */
const idle = sh`:`

/** What was undone, as `host task status`, without the first look. */
const ended = (site: Site): readonly string[] => site.ended.filter(line => !line.includes('unchanged since'))

/** The journal with another script for the ways back from what a step changed, or from everything. */
const mended = (journal: Journal, what: string | undefined, script: string): Journal => ({
  ...journal,
  steps: journal.steps.map(({ undo: way, ...step }) =>
    way.kind === 'run' && (what ?? step.change.what) === step.change.what
      ? { ...step, undo: { ...way, script } }
      : { ...step, undo: way },
  ),
})

onSite(
  'an undo step that does not restore the facts fails, naming what is left, and stops the undo there',
  ['a'],
  async site => {
    const journal = await journaled(site, () => [keep({ name: 'one' }), keep({ name: 'two', back: idle })])
    const failed = await undo(site, journal)
    deepStrictEqual(ended(site), ['a undo keep two failed', 'a undo keep one skipped'])
    match(site.task('undo keep two').failure?.message ?? '', /still to do: two: x → absent$/)
    ok(site.has('a', 'one'))

    const rest = afterUndos(mended(journal, 'two', 'rm "$HOST."two'), [failed])
    deepStrictEqual(
      rest.steps.map(({ task }) => task),
      ['keep one', 'keep two'],
    )
  },
)

onSite('an undo is proven by the facts of before the run, not by the change being gone', ['a'], async site => {
  site.write('a', 'one', 'old')
  const journal = await journaled(site, () => [keep({ name: 'one', back: sh`rm "$HOST."one` })])
  await undo(site, journal)
  deepStrictEqual(ended(site), ['a undo keep one failed'])
  const good = await journaled(site, () => [keep({ name: 'two' })])
  await undo(site, good)
  deepStrictEqual(ended(site), ['a undo keep two changed'])
})

onSite('the steps of a task are undone by one task, the last one first; twice does nothing', ['a'], async site => {
  site.write('a', 'two', 'old')
  const journal = await journaled(site, () => [keep({ name: 'one', also: 'two' })])
  await undo(site, journal)
  deepStrictEqual(site.changes(), ['a two: x → old', 'a one: x → absent'])
  deepStrictEqual([site.has('a', 'one'), site.read('a', 'two')], [false, 'old'])
  await undo(site, { ...journal, facts: new Map() })
  deepStrictEqual(ended(site), ['a undo keep one ok'])
})

onSite('an undo that was cut off in the midst of a task does not do again what it did', ['a'], async site => {
  const journal = await journaled(site, () => [keep({ name: 'one', also: 'two', back: sh`kill -9 $$` })])
  const broken = await undo(site, journal)
  deepStrictEqual([site.has('a', 'one'), site.has('a', 'two')], [true, false])
  await undo(site, afterUndos(mended(journal, 'one', 'rm "$HOST."one'), [broken]))
  deepStrictEqual(site.changes(), ['a one: x → absent'])
  ok(!site.has('a', 'one'))
})

onSite('an undo that was cut off before it read what it did is taken up by reading', ['a'], async site => {
  const journal = await journaled(site, () => [keep({ name: 'one', also: 'two' })])
  const undone = await undo(site, journal)
  const cut = { ...undone, facts: new Map(), steps: undone.steps.map(step => ({ ...step, proven: false })) }
  await undo(site, afterUndos(journal, [cut]))
  deepStrictEqual(ended(site), ['a undo keep one ok'])
})

onSite('what tasks changed one after the other is shown by check mode and undone in turn', ['a'], async site => {
  site.write('a', 'one', 'old')
  const journal = await journaled(site, () => [keep({ name: 'one' }), keep({ name: 'one', text: 'old' })])
  await undo(site, journal, site.hosts, true)
  const announced = site.changes()
  deepStrictEqual(announced, ['a one: old → x', 'a one: x → old'])
  await undo(site, journal)
  deepStrictEqual(site.changes(), announced)
  strictEqual(site.read('a', 'one'), 'old')
})

onSite('an undo is undone, and that is proven too', ['a'], async site => {
  const journal = await journaled(site, () => [keep({ name: 'one' }), keep({ name: 'two' })])
  const undone = await undo(site, journal)
  const redone = await undo(site, undone)
  deepStrictEqual(ended(site), ['a keep one changed', 'a keep two changed'])
  deepStrictEqual([site.read('a', 'one'), site.read('a', 'two')], ['x', 'x'])
  await undo(site, mended(redone, undefined, ':'))
  deepStrictEqual(ended(site), ['a undo keep two failed', 'a undo keep one skipped'])
})

for (const [what, tasks, left] of [
  ['whose later task has no undo step', () => [keep({ name: 'one', back: idle }), hold({ name: 'two' })], 'one'],
  ['whose step does not say what it changes', () => [keep({ name: 'one', back: idle, says: false })], 'one'],
  [
    'whose later step failed',
    () => [keep({ name: 'one', back: idle }), keep({ name: 'two', script: sh`exit 1` })],
    'one',
  ],
] as const)
  onSite(`the undo of a task ${what} is trusted`, ['a'], async site => {
    const journal = await journaled(site, tasks)
    await undo(site, journal)
    deepStrictEqual(ended(site), ['a undo keep one changed'])
    ok(site.has('a', left))
  })

/** What all hosts hold together, as a cluster does. */
const common: Fact<readonly string[]> = {
  key: 'common',
  shared: true,
  script: sh`cat "$(dirname "$HOST")/common" 2>/dev/null || :`,
  parse: text => text.split('\n').filter(Boolean),
}

const enter = defineModule({
  name: 'enter',
  summary: 'For tests',
  params: z.object({ line: z.string(), back: z.custom<Script>().optional() }),
  facts: () => ({ common }),
  plan: ({ line, back }, { common: lines }) => {
    const change = { what: line, from: 'absent', to: 'present' }
    if (Array.isArray(lines) && lines.includes(line)) return []
    return [
      run({
        change,
        script: sh`echo ${line} >>"$(dirname "$HOST")/common"`,
        undo: {
          change: { ...change, from: 'present', to: 'absent' },
          script: back ?? sh`sed -i ${`/^${line}$/d`} "$(dirname "$HOST")/common"`,
        },
        predicts: [predict(common, [])],
      }),
    ]
  },
})

const pair = ['a', 'b'] as const
const enterAll = { name: 'enter', tasks: ({ name }: { readonly name: string }) => [enter({ line: name, back: idle })] }

onSite('what hosts changed together, side by side, proves none of their ways back', pair, async site => {
  await undo(site, await journaledPlays(site, [enterAll]))
  deepStrictEqual(ended(site).toSorted(), ['a undo enter changed', 'b undo enter changed'])
})

onSite(
  'what hosts changed together, one at a time, is undone one at a time, the last host first, and proven',
  pair,
  async site => {
    const journal = await journaledPlays(site, [{ ...enterAll, serial: 1 }])
    await undo(site, mended(journal, undefined, `sed -i '$d' "$(dirname "$HOST")/common"`))
    deepStrictEqual(ended(site), ['b undo enter changed', 'a undo enter changed'])
    deepStrictEqual(
      site.events.flatMap(event => (event.event === 'play' ? [[event.play, event.serial, event.hosts]] : [])),
      [
        ['unchanged since', undefined, ['a', 'b']],
        ['undo of enter', 1, ['b', 'a']],
      ],
    )
    const again = await journaledPlays(site, [{ ...enterAll, serial: 1 }])
    await undo(site, again)
    deepStrictEqual(ended(site), ['b undo enter failed', 'a undo enter skipped'])
  },
)

onSite('what ran its handlers in turn is undone side by side, and runs them in turn again', pair, async site => {
  await undo(site, await journaledPlays(site, [{ ...enterAll, serialHandlers: 1 }]))
  deepStrictEqual(
    site.events.flatMap(event => (event.event === 'play' ? [[event.play, event.serial, event.serialHandlers]] : [])),
    [
      ['unchanged since', undefined, undefined],
      ['undo of enter', undefined, 1],
    ],
  )
})

onSite('a host outside of the limit that has changed since proves no undo of what hosts share', pair, async site => {
  const journal = await journaledPlays(site, [{ ...enterAll, serial: 1 }])
  await undo(site, journal, ['a'])
  deepStrictEqual(ended(site), ['a undo enter changed'])
})

test.run()
