import { test } from 'uvu'
import { unknown } from 'haq'
import { rabbitMaintenance } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { conditions } from './queue-states.ts'
import { down, misnamed, otherCookie, otherName, refusing } from './rabbit-states.ts'

const runs = 'the broker is running'

for (const law of lawTests(
  rabbitMaintenance,
  [
    {
      name: 'state draining, currently serving',
      params: { state: 'draining' },
      facts: { conditions: conditions('a') },
      changes: ['maintenance: serving → draining'],
    },
    { name: 'serving', params: { state: 'serving' }, facts: { conditions: conditions('a') }, changes: [] },
    {
      name: 'state serving, currently draining',
      params: { state: 'serving' },
      facts: { conditions: conditions('a', { draining: true }) },
      changes: ['maintenance: draining → serving'],
    },
    {
      name: 'draining',
      params: { state: 'draining' },
      facts: { conditions: conditions('a', { draining: true }) },
      changes: [],
    },
    { name: 'down, to drain', params: { state: 'draining' }, facts: { conditions: down }, changes: [] },
    {
      name: 'state serving, the node is down',
      params: { state: 'serving' },
      facts: { conditions: down },
      changes: ['maintenance: unknown → serving'],
      unmet: [runs],
      sentences: ['the broker is not running'],
    },
    {
      name: 'a node with another cookie than its file',
      params: { state: 'draining' },
      facts: { conditions: refusing },
      changes: ['maintenance: unknown → draining'],
      unmet: [runs],
      sentences: [otherCookie],
    },
    {
      name: 'a node with another name than its host knows',
      params: { state: 'draining' },
      facts: { conditions: misnamed },
      changes: ['maintenance: unknown → draining'],
      unmet: [runs],
      sentences: [otherName],
    },
    {
      name: 'unknown',
      params: { state: 'draining' },
      facts: { conditions: unknown },
      changes: ['maintenance: unknown → draining'],
      unmet: [runs],
    },
  ],
  [{ params: {}, problems: ['state: Invalid option: expected one of "serving"|"draining"'] }],
))
  test(law.name, law.run)

test.run()
