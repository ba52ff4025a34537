import { deepStrictEqual } from 'node:assert'
import { test } from 'uvu'
import { outagesOf, type ConnectionAttempt, type Outage } from '../../../../modules/rabbitmq/probe/outages.ts'

const good = (from: number, to = from + 0.5): ConnectionAttempt => ({ from, to, answered: true })
const bad = (from: number, to = from + 1): ConnectionAttempt => ({ from, to, answered: false })

const cases: readonly (readonly [what: string, attempts: readonly ConnectionAttempt[], outages: readonly Outage[]])[] =
  [
    ['no attempts: no outage', [], []],
    ['only successful attempts: no outage', [good(0), good(1)], []],
    [
      'an outage lasts from the first failure to the answer to the next successful attempt',
      [good(0), bad(1), bad(2), good(3)],
      [{ from: 1, seconds: 2.5, failed: 2 }],
    ],
    [
      'a single failure is an outage',
      [bad(0), good(1), bad(2), good(3)],
      [
        { from: 0, seconds: 1.5, failed: 1 },
        { from: 2, seconds: 1.5, failed: 1 },
      ],
    ],
    [
      'an outage without an end lasts until the last attempt failed',
      [good(0), bad(1), bad(2)],
      [{ from: 1, seconds: 2, failed: 2 }],
    ],
    [
      'attempts are ordered by their start, not by their answers',
      [good(3), bad(2, 2.1), bad(1), good(0, 4)],
      [{ from: 1, seconds: 2.5, failed: 2 }],
    ],
  ]

for (const [what, attempts, outages] of cases) test(what, () => deepStrictEqual(outagesOf(attempts), outages))

test.run()
