import * as z from 'zod'
import { defineModule, isKnown, predict, rabbitConditions, require, run, sh, unknown } from 'haq'
import { rabbitmqctl } from './rabbit/node.ts'

/**
 * Every stable feature flag of a RabbitMQ cluster, enabled: a newer release may need them, and refuses to start without.
 * There is no way back to a release that does not know one of them.
 *
 * @see rabbitmqctl(8), enable_feature_flag; https://www.rabbitmq.com/docs/feature-flags
 */
export const rabbitFeatureFlags = defineModule({
  name: 'rabbitFeatureFlags',
  summary: "Enable all stable feature flags of a RabbitMQ cluster, as an upgrade's next release may need them",
  params: z.object({}),
  facts: () => ({ conditions: rabbitConditions }),
  plan: (_, { conditions }) => {
    const node = isKnown(conditions) && conditions?.state === 'up' && conditions.running ? conditions : undefined
    if (node?.disabledFlags.length === 0) return []
    return [
      require('the broker is running', isKnown(conditions) ? node !== undefined : unknown, {
        otherwise: 'the broker is not running, or refuses its own command line',
        hint: 'start it by a service task before this one: service rabbitmq-server running',
      }),
      run({
        change: {
          what: 'feature flags',
          from: node ? `disabled: ${node.disabledFlags.join(', ')}` : 'unknown',
          to: 'all enabled',
        },
        script: sh`${rabbitmqctl} enable_feature_flag all`,
        undo: { impossible: 'a feature flag that was enabled stays so' },
        predicts: [predict(rabbitConditions, node ? { ...node, disabledFlags: [] } : unknown)],
      }),
    ]
  },
})
