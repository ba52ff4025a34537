import { deepStrictEqual, ok, throws } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { probeReport } from 'haq/modules'
import { lawTests } from 'haq/testing'

const path = '/root/drill.json'
const there = 'there is a report of haq probe'
const lostNone = 'no confirmed message is lost'

const report = (lost: number, seconds: readonly number[]) => ({
  seconds: 45.02,
  connections: { tried: 450, failed: 12, outages: seconds.map(lasted => ({ from: 10, seconds: lasted })) },
  messages: { confirmed: 800, lost, duplicates: 3, longestSilence: 4.04, brokenConnections: 2 },
})

const shown = (lost: number, longest: string): string =>
  `a client: 45 s → 12 of 450 new connections failed, for ${longest} s at the longest; ${lost} of 800 confirmed messages lost, 3 duplicates; 4.0 s without a confirm at the longest; 2 connections broke`

for (const law of lawTests(
  probeReport,
  [
    { name: 'nothing is lost', params: { path }, facts: { report: report(0, [0.8, 2]) }, changes: [shown(0, '2.0')] },
    { name: 'no outage at all', params: { path }, facts: { report: report(0, []) }, changes: [shown(0, '0.0')] },
    {
      name: 'a message is lost',
      params: { path },
      facts: { report: report(1, [2]) },
      changes: [shown(1, '2.0')],
      unmet: [lostNone],
      sentences: ['1 of 800 confirmed messages are lost'],
    },
    {
      name: 'longer than allowed',
      params: { path, outageSeconds: 1 },
      facts: { report: report(0, [2]) },
      changes: [shown(0, '2.0')],
      unmet: ['new connections never fail for longer than 1 s'],
      sentences: ['new connections failed for 2.0 s'],
    },
    {
      name: 'no report',
      params: { path },
      facts: { report: absent },
      changes: [],
      unmet: [there],
      sentences: [`there is no report in ${path}`],
    },
    {
      name: 'unknown yet',
      params: { path },
      facts: { report: unknown },
      changes: ['a client: unknown → unknown'],
      unmet: [there, lostNone],
    },
  ],
  [{ params: { path: 'drill.json' }, problems: ['path: takes an absolute path, without . or .. in it'] }],
))
  test(law.name, law.run)

test('a report of haq probe is read, and any other file is refused', () => {
  const { report: fact } = probeReport({ path }).facts
  ok(fact)
  deepStrictEqual(fact.parse(''), absent)
  deepStrictEqual(fact.parse(JSON.stringify(report(0, [2]))), report(0, [2]))
  throws(() => fact.parse('{}'))
})

test.run()
