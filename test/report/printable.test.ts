import { strictEqual } from 'node:assert'
import { Writable } from 'node:stream'
import { test } from 'uvu'
import { printable, printableValue } from '../../src/report/printable.ts'
import { makeReporter } from '../../src/report/report.ts'
import { events } from './events.ts'

test('control and bidirectional characters become escapes; line breaks and tabs stay', () => {
  strictEqual(
    printable('a\u001b]52;c;AAAA\u0007b\r\n\tc\u009b2J\u202ed\u2066'),
    'a\\x1b]52;c;AAAA\\x07b\\x0d\n\tc\\x9b2J\\u202ed\\u2066',
  )
  strictEqual(printable('grüße 日本 🙂'), 'grüße 日本 🙂')
})

test('every string in an event is made printable, at every depth', () => {
  strictEqual(
    JSON.stringify(printableValue({ a: ['\u001b', { b: '\u0007', c: 1, d: null }] })),
    '{"a":["\\\\x1b",{"b":"\\\\x07","c":1,"d":null}]}',
  )
})

test('control characters in the output of a host never reach the terminal', async () => {
  let written = ''
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      written += chunk.toString()
      done()
    },
  }) as unknown as NodeJS.WriteStream
  const reporter = await makeReporter('plain', stream, { check: false, diff: true, verbosity: 0 })
  const evil = '\u001b]52;c;AAAA\u0007\u001b[2J'
  for (const event of events)
    reporter.report(
      event.event !== 'task'
        ? event
        : {
            ...event,
            task: event.task,
            changes: [{ what: `/x${evil}`, from: evil, to: 'b', diff: { before: evil, after: 'b' } }],
            ...(event.failure && { failure: { message: evil, stderr: evil } }),
          },
    )
  await reporter.done()
  strictEqual(written.includes('\u0007') || written.includes('\u001b]') || written.includes('\u001b[2J'), false)
  strictEqual(written.includes('\\x1b]52;c;AAAA\\x07'), true)
})

test.run()
