import { deepStrictEqual } from 'node:assert'
import { test } from 'uvu'
import { outagesOf, type Knock, type Outage } from '../../../../modules/rabbitmq/probe/outages.ts'

const good = (from: number, to = from + 0.5): Knock => ({ from, to, answered: true })
const bad = (from: number, to = from + 1): Knock => ({ from, to, answered: false })

const cases: readonly (readonly [what: string, knocks: readonly Knock[], outages: readonly Outage[]])[] = [
  ['no try is no outage', [], []],
  ['good tries are none', [good(0), good(1)], []],
  [
    'one lasts from the first failure to the answer to the next good try',
    [good(0), bad(1), bad(2), good(3)],
    [{ from: 1, seconds: 2.5, failed: 2 }],
  ],
  [
    'single failures are outages of their own',
    [bad(0), good(1), bad(2), good(3)],
    [
      { from: 0, seconds: 1.5, failed: 1 },
      { from: 2, seconds: 1.5, failed: 1 },
    ],
  ],
  [
    'one without an end lasts until the last try was given up',
    [good(0), bad(1), bad(2)],
    [{ from: 1, seconds: 2, failed: 2 }],
  ],
  [
    'the order is that of the tries, not of their answers',
    [good(3), bad(2, 2.1), bad(1), good(0, 4)],
    [{ from: 1, seconds: 2.5, failed: 2 }],
  ],
]

for (const [what, knocks, outages] of cases) test(what, () => deepStrictEqual(outagesOf(knocks), outages))

test.run()
