import { deepStrictEqual } from 'node:assert'
import { test } from 'uvu'
import type { RunEvent } from '../../src/engine/events.ts'
import { jsonLines } from '../../src/report/json.ts'
import { plainLines } from '../../src/report/plain.ts'

const events: readonly RunEvent[] = [
  { event: 'connected', host: 'a', argv: ['ssh', '-T', 'a', 'sh'], seconds: 0.1234 },
  {
    event: 'script',
    host: 'a',
    what: 'file:/etc/hosts',
    status: 1,
    seconds: 0.0021,
    script: 'cat ********\nexit 1',
    stdoutBytes: 12,
    stderr: 'no such file\n',
  },
]

const plain = (verbosity: number): readonly string[] =>
  events.flatMap(event => plainLines(event, { diff: false, verbosity, paint: (_, text) => text }))

test('each further -v shows more of the scripts', () => {
  deepStrictEqual(plain(0), [])
  deepStrictEqual(plain(1), ['a  connected  0.123s', 'a  file:/etc/hosts  0.002s  exit status 1'])
  deepStrictEqual(plain(2), [...plain(1), '    | cat ********', '    | exit 1'])
  deepStrictEqual(plain(3), [
    'a  connected  0.123s',
    '    by: ssh -T a sh',
    ...plain(2).slice(1),
    '    stdout: 12 bytes',
    '    stderr:',
    '    | no such file',
  ])
})

test('json has the same details', () => {
  const keys = (verbosity: number): readonly (readonly string[])[] =>
    events
      .flatMap(event => jsonLines(event, { check: false, diff: false, verbosity }))
      .map(line => Object.keys(JSON.parse(line) as object))
  deepStrictEqual(keys(0), [])
  deepStrictEqual(keys(1), [
    ['event', 'host', 'seconds'],
    ['event', 'host', 'what', 'status', 'seconds'],
  ])
  deepStrictEqual(keys(2)[1], ['event', 'host', 'what', 'status', 'seconds', 'script'])
  deepStrictEqual(keys(3), [
    ['event', 'host', 'seconds', 'argv'],
    ['event', 'host', 'what', 'status', 'seconds', 'script', 'stdoutBytes', 'stderr'],
  ])
})

test.run()
