import * as z from 'zod'
import { defineModule, predict, run, sh, unknown } from 'haq'
import { rabbit } from './facts/rabbit.ts'
import { joining, nodeUp, rabbitmqctl, upRequirement } from './shared/node.ts'

/**
 * Starts or stops the broker inside a RabbitMQ node that is up. `stop_app` stops the broker and keeps the node
 * running; a service manager can't see the difference.
 *
 * @see rabbitmqctl(8), start_app and stop_app
 */
export const rabbitApp = defineModule({
  name: 'rabbitApp',
  summary: 'Start or stop the broker application inside a RabbitMQ node',
  params: z.object({
    state: z.enum(['running', 'stopped']).default('running').describe('the wanted state of the broker inside the node'),
  }),
  title: ({ state }) => state,
  facts: () => ({ rabbit, joining }),
  plan: ({ state }, { rabbit: current, joining: isJoining }) => {
    const node = nodeUp(current)
    const wanted = state === 'running'
    // A join that was interrupted has stopped the broker. The next run of the join continues from there, and starts the
    // broker.
    if (node?.running === wanted || (node && wanted && isJoining === true)) return []
    const change = { what: 'broker', from: node ? (wanted ? 'stopped' : 'running') : 'unknown', to: state }
    const start = sh`${rabbitmqctl} start_app`
    const stop = sh`${rabbitmqctl} stop_app`
    return [
      upRequirement(current),
      run({
        change,
        script: wanted ? start : stop,
        undo: { change: { ...change, from: change.to, to: change.from }, script: wanted ? stop : start },
        // The contents of a stopped broker are not known.
        predicts: [predict(rabbit, unknown)],
      }),
    ]
  },
})
