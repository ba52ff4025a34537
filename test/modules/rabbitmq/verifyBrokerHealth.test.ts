import { deepStrictEqual, throws } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { verifyBrokerHealth } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { healthState } from '../../../modules/rabbitmq/brokerHealth/fact.ts'

const there = 'the host has a health check'
const healthy = 'the broker is healthy'
const out = 'the broker has been out of the pool for 10 s'

for (const law of lawTests(
  verifyBrokerHealth,
  [
    { name: 'healthy', params: {}, facts: { health: { says: 'healthy', outFor: 0 } }, changes: [] },
    {
      name: 'not healthy',
      params: {},
      facts: { health: { says: 'alarm: memory', outFor: 0 } },
      changes: [],
      unmet: [healthy],
      sentences: ['the broker is not healthy: alarm: memory'],
    },
    {
      name: 'out of the pool for long enough',
      params: { state: 'out', seconds: 10 },
      facts: { health: { says: 'out of the pool: upgrade', outFor: 10 } },
      changes: [],
    },
    {
      name: 'out of the pool for too short a time',
      params: { state: 'out', seconds: 10 },
      facts: { health: { says: 'out of the pool: upgrade', outFor: 9 } },
      changes: [],
      unmet: [out],
      sentences: ['the health check says: out of the pool: upgrade'],
    },
    {
      name: 'a host without the check',
      params: {},
      facts: { health: absent },
      changes: [],
      unmet: [there],
      sentences: [`not met: ${there}`],
    },
    { name: 'unknown', params: {}, facts: { health: unknown }, changes: [], unmet: [there, healthy] },
  ],
  [{ params: { seconds: -1 }, problems: ['seconds: Too small: expected number to be >=0'] }],
))
  test(law.name, law.run)

const said: readonly (readonly [output: string, value: unknown])[] = [
  ['absent\n', absent],
  ['0 healthy\n', { says: 'healthy', outFor: 0 }],
  ['12 out of the pool: upgrade\n', { says: 'out of the pool: upgrade', outFor: 12 }],
]
for (const [output, value] of said)
  test(`the health check's ${JSON.stringify(output)} is understood`, () =>
    deepStrictEqual(healthState.parse(output), value))

test('the health check must print a reason', () => throws(() => healthState.parse('0 \n'), /the health check printed/))

test.run()
