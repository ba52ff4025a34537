import { test } from 'uvu'
import { absent, sha256, unknown } from 'haq'
import { brokerPool } from 'haq/modules'
import { lawTests } from 'haq/testing'

const path = '/run/haq/out-of-pool'
const folder = { type: 'directory', mode: '0755', owner: 'root', group: 'root' }
const file = (reason: string) => ({ type: 'file', mode: '0644', owner: 'root', group: 'root', content: `${reason}\n` })
const digest = (reason: string): string => `sha256 ${sha256(`${reason}\n`).slice(0, 12)} 0644 root:root`
const made = (from: string): string => `/run/haq: ${from} → directory 0755 root:root`

for (const law of lawTests(
  brokerPool,
  [
    {
      name: 'state out, currently in the pool',
      params: { state: 'out' },
      facts: { folder: absent, current: absent },
      changes: [made('absent'), `${path}: absent → ${digest('maintenance')}`],
    },
    { name: 'out', params: { state: 'out' }, facts: { folder, current: file('maintenance') }, changes: [] },
    {
      name: 'out for another reason',
      params: { state: 'out', reason: 'upgrade' },
      facts: { folder, current: file('maintenance') },
      changes: [`${path}: ${digest('maintenance')} → ${digest('upgrade')}`],
    },
    {
      name: 'state in, currently out of the pool',
      params: { state: 'in' },
      facts: { folder, current: file('upgrade') },
      changes: [`${path}: ${digest('upgrade')} → absent`],
    },
    { name: 'in', params: { state: 'in' }, facts: { folder: absent, current: absent }, changes: [] },
    {
      name: 'unknown',
      params: { state: 'out' },
      facts: { folder: unknown, current: unknown },
      changes: [made('unknown'), `${path}: unknown → ${digest('maintenance')}`],
    },
  ],
  [
    {
      params: { reason: 'a\nb' },
      problems: [
        'state: Invalid option: expected one of "in"|"out"',
        'reason: takes up to 200 printable ASCII characters',
      ],
    },
  ],
))
  test(law.name, law.run)

test.run()
