import * as z from 'zod'
import {
  defineModule,
  hostRef,
  isKnown,
  on,
  require,
  unknown,
  type Absent,
  type Fact,
  type FileState,
  type HostRef,
  type UnitState,
  type Unknown,
  digestOf,
} from 'haq'
import { erlangCookieFile, rabbitUnit } from './facts/rabbit-node.ts'
import { rabbit, type RabbitState } from './facts/rabbit.ts'
import { rabbitConditions, type RabbitConditions } from './facts/rabbit-conditions.ts'
import { runningNode } from './shared/node.ts'

/**
 * Changes nothing. It fails unless the RabbitMQ node starts at boot and is not in maintenance mode, no node of its
 * cluster has an alarm, and all nodes have the same version and the same Erlang cookie. Cookies are compared by their
 * digests, and no cookie is shown.
 *
 * @see rabbitmq-diagnostics(8)
 *
 * @example
 * ```ts
 * verifyRabbitNode({ members: group('rabbit') })
 * ```
 */
export const verifyRabbitNode = defineModule({
  name: 'verifyRabbitNode',
  summary:
    'Fail unless a RabbitMQ node is in service, without alarms, and of the same version and cookie as the others',
  params: z.object({
    members: z.array(hostRef()).min(1).readonly().describe('the hosts whose nodes are the members of the cluster'),
  }),
  facts: ({ members }): Record<string, Fact<unknown>> => ({
    unit: rabbitUnit,
    conditions: rabbitConditions,
    ...Object.fromEntries(
      members.flatMap((member): [string, Fact<unknown>][] => [
        [`node ${member.name}`, on(member, rabbit)],
        [`cookie ${member.name}`, on(member, erlangCookieFile)],
      ]),
    ),
  }),
  plan: ({ members }, facts) => {
    const values = facts as Readonly<Record<string, unknown>>
    const unit = values['unit'] as UnitState | Absent | Unknown
    const conditions = values['conditions'] as RabbitConditions | Absent | Unknown
    const live = runningNode(conditions)
    const isAsked = isKnown(conditions)
    const versions = members.map(member => versionOf(values[`node ${member.name}`] as RabbitState | Absent | Unknown))
    const cookies = members.map(member => values[`cookie ${member.name}`] as FileState | Absent | Unknown)
    return [
      require('RabbitMQ starts at boot', isKnown(unit) ? unit?.enabled === true : unknown, {
        otherwise: 'rabbitmq-server is not enabled: it would not start after a reboot',
        hint: 'enable it, as playbooks/cluster.ts does',
      }),
      require('the broker is running', isAsked ? live !== undefined : unknown, {
        otherwise: 'the broker is not running',
      }),
      require('the node is in service', isAsked ? live?.draining !== true : unknown, {
        otherwise: 'the node is in maintenance mode: it accepts no clients',
        hint: 'end it with: rabbitmq-upgrade revive',
      }),
      require('there are no alarms', isAsked ? (live?.alarms ?? []).length === 0 : unknown, {
        otherwise: `alarms block publishers: ${live?.alarms.join(', ')}`,
      }),
      require('all nodes have the same version', agree(versions), {
        otherwise: `the nodes have different versions: ${pairs(members, versions)}`,
        hint: 'finish the upgrade: playbooks/rolling-upgrade.ts',
      }),
      require('all nodes have the same Erlang cookie', agree(
        cookies.map(cookie => (isKnown(cookie) ? digestOf(cookie) : cookie)),
      ), {
        otherwise: 'the nodes have different Erlang cookies, or some of them have none',
        hint: 'set the same cookie on all nodes: playbooks/cluster.ts',
      }),
    ]
  },
})

/** The values of the nodes that are up. Nodes that are down are ignored. */
function versionOf(state: RabbitState | Absent | Unknown): string | Absent | Unknown {
  if (!isKnown(state)) return unknown
  return state?.state === 'up' ? state.version : null
}

function agree(values: readonly (string | Absent | undefined | Unknown)[]): boolean | Unknown {
  if (!values.every(isKnown)) return unknown
  return new Set(values.filter(value => value !== null)).size <= 1
}

function pairs(members: readonly HostRef[], versions: readonly (string | Absent | Unknown)[]): string {
  return members.map(({ name }, i) => `${name} ${String(versions[i] ?? 'down')}`).join(', ')
}
