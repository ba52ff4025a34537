import * as z from 'zod'
import {
  convergeFile,
  isPending,
  defineModule,
  isKnown,
  markPending,
  predict,
  require,
  secret,
  clearPending,
  sh,
  unknown,
  userExists,
  type Step,
  type UnitState,
  type Unknown,
} from 'haq'
import { erlangCookieFile, erlangCookiePath, rabbitUnit } from './facts/rabbit-node.ts'
import { rabbit } from './facts/rabbit.ts'
import { notMasked, refusalOf } from './shared/node.ts'
import { runRabbit } from './shared/reason.ts'
import { attempt } from '../system/attempt.ts'
import { pendingHandlerName } from '../system/service.ts'

/** A handler that would restart the broker has nothing to do after this start. */
const restartName = pendingHandlerName({ name: 'rabbitmq-server', state: 'restarted' })

/**
 * This file on the host means that a broker was stopped for a new cookie. If a run dies in between, the next run
 * starts the broker again.
 */
const stoppedForCookie = isPending('erlangCookie-start')

/**
 * Manages the Erlang cookie, the shared secret with which RabbitMQ nodes and their command line tools identify each
 * other. A running broker is stopped first, then the cookie is changed, then the broker is started. If the cookie were
 * changed first, the command line could no longer reach its own node.
 *
 * @see https://www.rabbitmq.com/docs/clustering#erlang-cookie
 *
 * @example
 * ```ts
 * erlangCookie({ cookie: host.vars.cookie })
 * ```
 */
export const erlangCookie = defineModule({
  name: 'erlangCookie',
  summary: 'Manage the Erlang cookie, the shared secret of the nodes of a RabbitMQ cluster',
  params: z.object({
    cookie: secret()
      .refine(cookie => /^[!-~]*$/.test(cookie.reveal()), { error: 'takes printable ASCII characters without spaces' })
      .refine(cookie => /^[^]{1,255}$/.test(cookie.reveal()), { error: 'takes 1 to 255 characters' })
      .describe('1 to 255 printable ASCII characters, the same on every node'),
  }),
  facts: () => ({
    cookieFile: erlangCookieFile,
    unit: rabbitUnit,
    node: rabbit,
    user: userExists('rabbitmq'),
    stopped: stoppedForCookie,
  }),
  plan: ({ cookie }, { cookieFile, unit, node, user, stopped }) => {
    const wanted = { path: erlangCookiePath, mode: '0400', owner: 'rabbitmq', group: 'rabbitmq', secret: true }
    const write = convergeFile(erlangCookieFile, { ...wanted, content: cookie.reveal() }, cookieFile)
    const isActive = isKnown(unit) ? (unit?.active ?? false) : unknown
    // The file may be right while the node still runs with the old cookie.
    const livesByAnother = !isKnown(node) || (node?.state === 'refusing' && refusalOf(node.said).kind === 'cookie')
    const mustStop = (write.length > 0 || livesByAnother) && isActive !== false
    const mustStart = mustStop || stopped !== false
    return [
      require('RabbitMQ is installed', isKnown(user) ? user === true : unknown, {
        hint: 'install the package rabbitmq-server in an earlier task',
      }),
      ...(mustStart ? [notMasked(unit)] : []),
      ...(mustStop ? [stop(unit)] : []),
      ...write,
      ...(mustStart ? [start(unit)] : []),
    ]
  },
})

function stop(unit: UnitState | null | Unknown): Step {
  return runRabbit({
    change: { what: 'broker', from: isKnown(unit) ? 'running' : 'unknown', to: 'stopped for the new cookie' },
    script: sh`${markPending('erlangCookie-start')}
systemctl stop rabbitmq-server`,
    undo: { change: { what: 'broker', from: 'stopped', to: 'running' }, script: sh`systemctl start rabbitmq-server` },
    predicts: [predict(rabbitUnit, { active: false, enabled: enabledOf(unit) }), predict(stoppedForCookie, true)],
  })
}

function start(unit: UnitState | null | Unknown): Step {
  return runRabbit({
    change: { what: 'broker', from: 'stopped for the new cookie', to: 'running with the new cookie' },
    script: sh`${attempt('start', 'rabbitmq-server.service')}
${clearPending('erlangCookie-start')}
${clearPending(restartName)}`,
    undo: { impossible: "a broker that was started with a new cookie can't return to the previous one" },
    predicts: [
      predict(rabbitUnit, { active: true, enabled: enabledOf(unit) }),
      predict(rabbit, unknown),
      predict(stoppedForCookie, false),
      predict(isPending(restartName), false),
    ],
  })
}

function enabledOf(unit: UnitState | null | Unknown): UnitState['enabled'] {
  return isKnown(unit) ? (unit?.enabled ?? false) : unknown
}
