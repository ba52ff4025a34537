import * as z from 'zod'
import { defineModule, predict, sh, unknown } from 'haq'
import { rabbit } from './facts/rabbit.ts'
import { joining, nodeUp, rabbitmqctl, upRequirement } from './shared/node.ts'
import { runRabbit } from './shared/reason.ts'

/**
 * The broker inside a RabbitMQ node that is up: `stop_app` stops it and leaves the node running, which a service
 * manager can't see.
 *
 * @see rabbitmqctl(8), start_app and stop_app
 *
 * @example
 * ```ts
 * rabbitApp({ state: 'running' })
 * ```
 */
export const rabbitApp = defineModule({
  name: 'rabbitApp',
  summary: 'Start or stop the broker application inside a RabbitMQ node',
  params: z.object({ state: z.enum(['running', 'stopped']).default('running').describe('the broker inside the node') }),
  title: ({ state }) => state,
  facts: () => ({ rabbit, joining }),
  plan: ({ state }, { rabbit: current, joining: isJoining }) => {
    const node = nodeUp(current)
    const wanted = state === 'running'
    // A run that was killed in the middle of a join stopped it; the join takes it up from there, and starts it.
    if (node?.running === wanted || (node && wanted && isJoining === true)) return []
    const change = { what: 'broker', from: node ? (wanted ? 'stopped' : 'running') : 'unknown', to: state }
    const start = sh`${rabbitmqctl} start_app`
    const stop = sh`${rabbitmqctl} stop_app`
    return [
      upRequirement(current),
      runRabbit({
        change,
        script: wanted ? start : stop,
        undo: { change: { ...change, from: change.to, to: change.from }, script: wanted ? stop : start },
        // What a stopped broker holds can't be asked.
        predicts: [predict(rabbit, unknown)],
      }),
    ]
  },
})
