import { deepStrictEqual } from 'node:assert'
import { test } from 'uvu'
import { MessageCounters, type MessageCounts } from '../../../../modules/rabbitmq/probe/message-counters.ts'

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

/** What action to messages 0, 1, …, and what is counted beside how many were sent. */
const cases: readonly (readonly [
  what: string,
  sent: number,
  action: (t: MessageCounters) => void,
  counts: Partial<MessageCounts>,
])[] = [
  ['nothing', 0, () => undefined, {}],
  [
    'a message is confirmed and received in either order',
    2,
    counters => {
      counters.confirm(0)
      counters.receive(0)
      counters.receive(1)
      counters.confirm(1)
    },
    { confirmed: 2, received: 2 },
  ],
  [
    'a message that is confirmed and never received is lost',
    1,
    counters => counters.confirm(0),
    { confirmed: 1, lost: 1 },
  ],
  ['a message that is neither confirmed nor received is unanswered, not lost', 1, () => undefined, { unanswered: 1 }],
  [
    'a message that is received without a confirm is unanswered',
    1,
    counters => counters.receive(0),
    { unanswered: 1, received: 1 },
  ],
  ['a refused message is neither lost nor unanswered', 1, counters => counters.refused++, { refused: 1 }],
  [
    'each repeated delivery of a message is a duplicate',
    1,
    counters => {
      counters.confirm(0)
      for (let times = 0; times < 3; times++) counters.receive(0)
    },
    { confirmed: 1, received: 1, duplicates: 2 },
  ],
  ['broken connections are counted', 0, counters => (counters.broken = 2), { brokenConnections: 2 }],
]

for (const [what, sent, action, counts] of cases)
  test(what, () => {
    const counters = new MessageCounters(() => 0)
    deepStrictEqual(
      Array.from({ length: sent }, () => counters.send()),
      [...Array(sent).keys()],
    )
    action(counters)
    deepStrictEqual(counters.counts(3), { ...none, sent, ...counts })
    deepStrictEqual(counters.missing().length, counts.lost ?? 0)
  })

test('the longest silence may be before, between or after the confirms', () => {
  const silenceOf = (times: readonly number[]): number => {
    let now = 0
    const counters = new MessageCounters(() => now)
    for (const time of times) {
      now = time
      counters.confirm(counters.send())
    }
    return counters.counts(10).longestSilence
  }
  deepStrictEqual([[], [6, 7], [1, 8], [1, 2]].map(silenceOf), [10, 6, 7, 8])
})

test.run()
