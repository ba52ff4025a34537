import * as z from 'zod'
import { defineModule, predict, sh, unknown } from 'haq'
import { rabbitConditions } from './facts/rabbit-conditions.ts'
import { rabbitmqctl, runningNode, runningRequirement } from './shared/node.ts'
import { runRabbit } from './shared/reason.ts'

/**
 * Enables all stable feature flags of a RabbitMQ cluster. A newer release may require them, and does not start without
 * them. Afterwards, a downgrade to a release that does not support one of them is impossible.
 *
 * @see rabbitmqctl(8), enable_feature_flag; https://www.rabbitmq.com/docs/feature-flags
 *
 * @example
 * ```ts
 * rabbitFeatureFlags({})
 * ```
 */
export const rabbitFeatureFlags = defineModule({
  name: 'rabbitFeatureFlags',
  summary: 'Enable all stable feature flags of a RabbitMQ cluster, as the next upgrade may require',
  params: z.object({}),
  facts: () => ({ conditions: rabbitConditions }),
  plan: (_, { conditions }) => {
    const node = runningNode(conditions)
    if (node?.disabledFlags.length === 0) return []
    return [
      runningRequirement(conditions),
      runRabbit({
        change: {
          what: 'feature flags',
          from: node ? `disabled: ${node.disabledFlags.join(', ')}` : 'unknown',
          to: 'all enabled',
        },
        script: sh`${rabbitmqctl} enable_feature_flag all`,
        undo: { impossible: "a feature flag can't be disabled again" },
        predicts: [predict(rabbitConditions, node ? { ...node, disabledFlags: [] } : unknown)],
      }),
    ]
  },
})
