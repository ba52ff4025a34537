import { deepStrictEqual } from 'node:assert'
import { test } from 'uvu'
import { Tally, type MessageCounts } from '../../../../modules/rabbitmq/probe/tally.ts'

const none: MessageCounts = {
  sent: 0,
  confirmed: 0,
  refused: 0,
  unanswered: 0,
  received: 0,
  duplicates: 0,
  lost: 0,
  longestSilence: 3,
  brokenConnections: 0,
}

/** What happened to messages 0, 1, …, and what is counted beside how many were sent. */
const cases: readonly (readonly [
  what: string,
  sent: number,
  happened: (t: Tally) => void,
  counts: Partial<MessageCounts>,
])[] = [
  ['nothing', 0, () => undefined, {}],
  [
    'confirmed and received, in whichever order',
    2,
    tally => {
      tally.confirm(0)
      tally.receive(0)
      tally.receive(1)
      tally.confirm(1)
    },
    { confirmed: 2, received: 2 },
  ],
  ['confirmed and never received is lost', 1, tally => tally.confirm(0), { confirmed: 1, lost: 1 }],
  ['neither confirmed nor received is unanswered, not lost', 1, () => undefined, { unanswered: 1 }],
  ['received without a confirm is unanswered too', 1, tally => tally.receive(0), { unanswered: 1, received: 1 }],
  ['what a broker says no to is neither lost nor unanswered', 1, tally => tally.refused++, { refused: 1 }],
  [
    'what comes more than once is a duplicate each further time',
    1,
    tally => {
      tally.confirm(0)
      for (let times = 0; times < 3; times++) tally.receive(0)
    },
    { confirmed: 1, received: 1, duplicates: 2 },
  ],
  ['broken connections', 0, tally => (tally.broken = 2), { brokenConnections: 2 }],
]

for (const [what, sent, happened, counts] of cases)
  test(what, () => {
    const tally = new Tally(() => 0)
    deepStrictEqual(
      Array.from({ length: sent }, () => tally.send()),
      [...Array(sent).keys()],
    )
    happened(tally)
    deepStrictEqual(tally.counts(3), { ...none, sent, ...counts })
    deepStrictEqual(tally.missing().length, counts.lost ?? 0)
  })

test('the longest silence is the one before, between or after the confirms', () => {
  const silenceOf = (times: readonly number[]): number => {
    let now = 0
    const tally = new Tally(() => now)
    for (const time of times) {
      now = time
      tally.confirm(tally.send())
    }
    return tally.counts(10).longestSilence
  }
  deepStrictEqual([[], [6, 7], [1, 8], [1, 2]].map(silenceOf), [10, 6, 7, 8])
})

test.run()
