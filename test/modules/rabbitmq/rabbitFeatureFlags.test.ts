import { test } from 'uvu'
import { unknown } from 'haq'
import { rabbitFeatureFlags } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { conditions } from './queue-states.ts'
import { down } from './rabbit-states.ts'

const runs = 'the broker is running'

for (const law of lawTests(
  rabbitFeatureFlags,
  [
    { name: 'all enabled', params: {}, facts: { conditions: conditions('a') }, changes: [] },
    {
      name: 'some disabled',
      params: {},
      facts: { conditions: conditions('a', { disabledFlags: ['stream_queue', 'user_limits'] }) },
      changes: ['feature flags: disabled: stream_queue, user_limits → all enabled'],
    },
    {
      name: 'the node down',
      params: {},
      facts: { conditions: down },
      changes: ['feature flags: unknown → all enabled'],
      unmet: [runs],
    },
    {
      name: 'unknown',
      params: {},
      facts: { conditions: unknown },
      changes: ['feature flags: unknown → all enabled'],
      unmet: [runs],
    },
  ],
  [{ params: { flags: [] }, problems: [': Unrecognized key: "flags"'] }],
))
  test(law.name, law.run)

test.run()
