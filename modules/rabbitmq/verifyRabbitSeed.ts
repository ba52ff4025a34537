import * as z from 'zod'
import {
  defineModule,
  hostRef,
  isKnown,
  onReachable,
  require,
  unknown,
  type Absent,
  type Fact,
  type Unknown,
} from 'haq'
import { rabbit, type RabbitState } from './facts/rabbit.ts'
import { heldBy } from './shared/membership.ts'
import { runningNode } from './shared/node.ts'

/**
 * Changes nothing. It fails if the node of the host holds nothing, and the node of another host can't be asked: that
 * one may hold the data of the cluster. Run it before vhosts and policies are written, so that they are not written
 * into a node that was reinstalled.
 *
 * @example
 * ```ts
 * verifyRabbitSeed({ members: group('rabbit') })
 * ```
 */
export const verifyRabbitSeed = defineModule({
  name: 'verifyRabbitSeed',
  summary: 'Fail if a RabbitMQ node is empty while another one, which may hold the data, is down',
  params: z.object({
    members: z
      .array(hostRef())
      .min(1)
      .readonly()
      .describe('the hosts whose nodes are to be the members of the cluster'),
  }),
  facts: ({ members }): Record<string, Fact<unknown>> => ({
    own: rabbit,
    ...Object.fromEntries(members.map(member => [`member ${member.name}`, onReachable(member, rabbit)])),
  }),
  plan: ({ members }, facts) => {
    const states = facts as Readonly<Record<string, RabbitState | Absent | Unknown>>
    const own = states['own'] ?? null
    const node = runningNode(own)
    const stateOf = (name: string): RabbitState | Absent | Unknown => states[`member ${name}`] ?? null
    const silent = members.map(({ name }) => name).filter(name => isKnown(stateOf(name)) && !runningNode(stateOf(name)))
    const isOpen = node !== undefined && heldBy(node).length === 0 && silent.length > 0
    const known = isKnown(own) && members.every(({ name }) => isKnown(stateOf(name)))
    return [
      require('the node holds something, or the nodes of all other hosts run', known ? !isOpen : unknown, {
        otherwise: `the node of this host is empty, and the brokers on these hosts do not run: ${silent.join(', ')}. They may hold the data of the cluster`,
        hint: 'start them first; a host that is gone for good must leave the inventory',
      }),
    ]
  },
})
