import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { test } from 'uvu'
import type { Change } from '../../src/core/step.ts'
import type { RunEvent } from '../../src/engine/events.ts'
import { diffLines } from '../../src/report/diff.ts'
import { jsonLines } from '../../src/report/json.ts'
import { plainLines } from '../../src/report/plain.ts'
import { PrettyReport } from '../../src/report/pretty.ts'
import { makeReporter } from '../../src/report/report.ts'
import { paintFor, statusWord, type Paint } from '../../src/report/style.ts'
import { durationText } from '../../src/report/text.ts'
import { events } from './events.ts'

const bare: Paint = (_, text) => text
const tty = { isTTY: true } as unknown as NodeJS.WriteStream
const pipe = { isTTY: false } as unknown as NodeJS.WriteStream

const plain = (diff: boolean, paint = bare): readonly string[] =>
  events.flatMap(event => plainLines(event, { diff, verbosity: 0, paint }))

const golden = `demo
play base: a, host-b
changed      a  file /x (/x: one → two)  1m15s
ok           a  file /x  0.3s
failed       host-b  file /x  0.3s
    /x: disk full
    second line
    hint: free some
    stderr:
      disk full
skipped      host-b  file /y  0.0s
pending      a  wait  0.3s
    pending: the broker runs
unreachable  a  restart x  0.3s
    a: gone
warning: something is odd
recap
a       ok=1 changed=1 failed=0 unreachable=1 skipped=0 pending=1
host-b  ok=0 changed=0 failed=1 unreachable=0 skipped=1 pending=0`

test('plain output has one line per event, and indented lines for its details', () => {
  strictEqual(plain(false).join('\n'), golden)
})

test('plain output with --diff shows the diffs below the task', () => {
  const lines = plain(true)
  deepStrictEqual(lines.slice(3, 9), [
    '    --- /x (one)',
    '    +++ /x (two)',
    '    @@ -1,2 +1,2 @@',
    '     same',
    '    -one',
    '    +two',
  ])
})

test('colour changes no words, in any output format', () => {
  const coloured = plain(false, paintFor(pipe, { FORCE_COLOR: '1' })).join('\n')
  ok(coloured.includes('\u001b['), 'no colour')
  strictEqual(stripVTControlCharacters(coloured), golden)
})

test('a terminal gets colour, unless the environment switches it off', () => {
  const coloured = (stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean =>
    paintFor(stream, env)('red', 'x') !== 'x'
  ok(coloured(tty, {}))
  ok(!coloured(pipe, {}))
  ok(!coloured(tty, { NO_COLOR: '1' }))
  ok(coloured(tty, { NO_COLOR: '' }))
  ok(!coloured(tty, { TERM: 'dumb' }))
  ok(coloured(pipe, { FORCE_COLOR: '1' }))
  ok(coloured(pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }))
  for (const off of ['0', 'false']) ok(!coloured(tty, { FORCE_COLOR: off }))
})

test('every status has its own word', () => {
  const words = (['ok', 'changed', 'failed', 'unreachable', 'skipped', 'pending'] as const).map(status =>
    statusWord(status, bare),
  )
  strictEqual(new Set(words.map(word => word.trim())).size, 6)
  strictEqual(new Set(words.map(word => word.length)).size, 1)
})

test('durations are shown in seconds, or in minutes and seconds', () => {
  deepStrictEqual([0, 0.04, 59.94, 60, 119.7, 3600].map(durationText), [
    '0.0s',
    '0.0s',
    '59.9s',
    '1m00s',
    '2m00s',
    '60m00s',
  ])
})

test('the first line and the recap of check mode say that nothing is changed', () => {
  const lines = (event: RunEvent): readonly string[] => plainLines(event, { diff: false, verbosity: 0, paint: bare })
  deepStrictEqual(lines({ event: 'run', playbook: 'demo', check: true }), ['demo (check mode: nothing is changed)'])
  deepStrictEqual(lines({ event: 'recap', check: true, hosts: {} }), ['recap (check mode: nothing was changed)'])
})

test('long output of a failed step is cut to its last lines, with a note', () => {
  const stderr = Array.from({ length: 50 }, (_, i) => `line ${i + 1}`).join('\n')
  const [task] = events.filter(event => event.event === 'task')
  if (!task) throw new Error('no task')
  const lines = plainLines({ ...task, failure: { message: 'm', stderr } }, { diff: false, verbosity: 0, paint: bare })
  strictEqual(lines[2], '    stderr (last 20 of 50 lines):')
  deepStrictEqual([lines[3], lines.at(-1), lines.length], ['      line 31', '      line 50', 23])
})

test('json has one object per line, in the documented form', () => {
  const lines = events.flatMap(event => jsonLines(event, { check: false, diff: false, verbosity: 0 }))
  deepStrictEqual(lines.slice(0, 3), [
    '{"event":"task","play":"base","host":"a","task":"file /x","module":"file","status":"changed","changes":[{"what":"/x","from":"one","to":"two"}],"seconds":75.4}',
    '{"event":"task","play":"base","host":"a","task":"file /x","module":"file","status":"ok","changes":[],"seconds":0.25}',
    '{"event":"task","play":"base","host":"host-b","task":"file /x","module":"file","status":"failed","changes":[],"seconds":0.25,"failure":{"message":"/x: disk full\\nsecond line","hint":"free some","stdout":"","stderr":"disk full"}}',
  ])
  strictEqual(
    lines.at(-1),
    '{"event":"recap","check":false,"hosts":{"a":{"ok":1,"changed":1,"failed":0,"unreachable":1,"skipped":0,"pending":1},"host-b":{"ok":0,"changed":0,"failed":1,"unreachable":0,"skipped":1,"pending":0}}}',
  )
  strictEqual(lines.length, 8)
  for (const line of lines) ok(!line.includes('\n'))
})

test('json marks check mode, and has diffs with --diff', () => {
  const [first = ''] = events.flatMap(event => jsonLines(event, { check: true, diff: true, verbosity: 0 }))
  const parsed = JSON.parse(first) as { check: boolean; changes: readonly Change[] }
  strictEqual(parsed.check, true)
  deepStrictEqual(parsed.changes[0]?.diff, { before: 'same\none\n', after: 'same\ntwo\n' })
})

const diff = (before: string, after: string): readonly string[] =>
  diffLines({ what: '/x', from: 'old', to: 'new', diff: { before, after } }, bare)

test('diffs show different and missing line ends; of binary content they show only the size', () => {
  deepStrictEqual(diff('a\r\n', 'a\n').slice(3), ['-a␍', '+a'])
  ok(diff('a', 'a\n').some(line => line.includes('No newline at end of file')))
  deepStrictEqual(diff('a\0b', 'abc'), ['binary: 3 → 3 bytes'])
  deepStrictEqual(diffLines({ what: '/x', from: 'old', to: 'new' }, bare), [])
  deepStrictEqual(diff('', 'a\n').slice(2), ['@@ -0,0 +1,1 @@', '+a'])
})

test('changed attributes are shown before the changed text', () => {
  const attributes = [{ name: 'mode', from: '0644', to: '0400' }]
  const change = { what: '/x', from: 'old', to: 'new', attributes, diff: { before: 'a\n', after: 'b\n' } }
  deepStrictEqual(diffLines(change, bare).slice(0, 2), ['mode 0644 → 0400', '--- /x (old)'])
})

test('a huge diff is cut, and the last line says how many lines are left out', () => {
  const lines = diff('', Array.from({ length: 5000 }, (_, i) => `${i}\n`).join(''))
  strictEqual(lines.at(-1), '… and 4601 more lines')
  strictEqual(lines.length, 403)
})

/** The output of the pretty reporter without a terminal: lines of listr2 and lines of the report. */
async function pretty(list: readonly RunEvent[]): Promise<string> {
  let text = ''
  const write = process.stdout.write.bind(process.stdout)
  process.stdout.write = (chunk: string | Uint8Array): boolean => {
    text += chunk.toString()
    return true
  }
  try {
    const report = new PrettyReport(
      { diff: true, verbosity: 0, paint: bare },
      { isLive: false, rows: 50, columns: 80, write: chunk => void (text += chunk), beforeOthers: () => () => {} },
    )
    for (const event of list) {
      report.report(event)
      await new Promise(resolve => setImmediate(resolve))
    }
    await report.done()
  } finally {
    process.stdout.write = write
  }
  return stripVTControlCharacters(text)
}

test('pretty output shows every task with its status, also if a name repeats, and ends with the recap', async () => {
  const text = await pretty(events)
  for (const words of [
    /changed +file \/x +1m15s/,
    /ok +file \/x/,
    /failed +file \/x/,
    /skipped +file \/y/,
    /pending +wait/,
  ])
    match(text, words)
  for (const words of ['/x: one → two', '+two', 'disk full', 'hint: free some', 'pending: the broker runs', 'host-b'])
    ok(text.includes(words), `${words} is missing in\n${text}`)
  ok(text.includes('restart x (handler, not run)'), text)
  ok(text.trimEnd().endsWith(golden.split('\n').slice(-3).join('\n')), text)
  ok(text.indexOf('warning: something is odd') < text.indexOf('recap'))
})

test('pretty output shows a handler as not notified only if no task failed', async () => {
  const text = await pretty([
    { event: 'play', play: 'p', hosts: ['a'] },
    { event: 'host', play: 'p', host: 'a', tasks: [], handlers: ['restart x'] },
    { event: 'host-end', play: 'p', host: 'a' },
    { event: 'recap', check: false, hosts: {} },
  ])
  ok(text.includes('restart x (handler, not notified)'), text)
})

for (const [kind, ends] of [
  ['plain', golden],
  ['json', events.flatMap(event => jsonLines(event, { check: false, diff: false, verbosity: 0 })).join('\n')],
] as const)
  test(`the ${kind} reporter writes its lines to its stream`, async () => {
    let text = ''
    const stream = new Writable({
      write: (chunk: Buffer, _, done) => {
        text += chunk.toString()
        done()
      },
    }) as unknown as NodeJS.WriteStream
    const { FORCE_COLOR } = process.env
    delete process.env['FORCE_COLOR']
    try {
      const reporter = await makeReporter(kind, stream, { check: false, diff: false, verbosity: 0 })
      for (const event of events) reporter.report(event)
      await reporter.done()
    } finally {
      if (FORCE_COLOR !== undefined) process.env['FORCE_COLOR'] = FORCE_COLOR
    }
    strictEqual(text, `${ends}\n`)
  })

test.run()
