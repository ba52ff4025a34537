import * as z from 'zod'
import { defineModule, hostRef, isKnown, on, require, unknown, type Requirement, type Unknown } from 'haq'
import { rabbit, type RabbitState } from './facts/rabbit.ts'
import { hasVhost, rabbitName, runningNode, runningRequirement } from './shared/node.ts'

const within = 30

/**
 * Changes nothing. It fails unless the node is in a healthy cluster of exactly these members, without partitions, with
 * these vhosts and policies. A cluster may need some seconds to agree after a change, so the check waits up to 30
 * seconds.
 *
 * @see rabbitmqctl(8), cluster_status
 *
 * @example
 * ```ts
 * verifyRabbitCluster({
 *   members: group('rabbit'),
 *   vhosts: ['orders'],
 *   policies: ['ha-all'],
 * })
 * ```
 */
export const verifyRabbitCluster = defineModule({
  name: 'verifyRabbitCluster',
  summary: 'Fail unless the RabbitMQ cluster has all its members, no partition, and the vhosts and policies named',
  params: z.object({
    members: z.array(hostRef()).min(1).readonly().describe('the hosts whose nodes are the members of the cluster'),
    vhosts: z.array(rabbitName).default([]).describe('vhosts that the node must have'),
    policies: z.array(rabbitName).default([]).describe('policies that the node must have'),
  }),
  facts: ({ members }) => ({
    own: rabbit,
    ...Object.fromEntries(members.map(member => [memberKey(member.name), on(member, rabbit)])),
  }),
  plan: ({ members, vhosts, policies }, facts) => {
    const states = facts as Readonly<Record<string, RabbitState | null | Unknown>>
    const own = facts.own
    const node = runningNode(own)
    const names = members.map(({ name }) => {
      const state = states[memberKey(name)]
      // The state of a node that is down.
      return isKnown(state) && state?.state === 'up' ? state.node : `rabbit@${name}`
    })
    const known = isKnown(own) && members.every(({ name }) => isKnown(states[memberKey(name)]))
    const expected = names.toSorted().join(', ')
    const running = { ...runningRequirement(own), within }
    // If the broker is not running, nothing else can be checked.
    if (isKnown(own) && !node) return [running]
    const up = node?.up.toSorted().join(', ')
    const all = node && [...node.disc, ...node.ram].toSorted().join(', ')
    return [
      running,
      verify(
        `the cluster's members are ${members.map(({ name }) => name).join(', ')}`,
        known,
        all === expected,
        `the members of the cluster are ${all}`,
      ),
      verify('all members run', known, up === expected, `only these members run: ${up}`),
      verify(
        'there is no partition',
        isKnown(own),
        node?.partitions.length === 0,
        `partitioned from ${node?.partitions.join(', ')}`,
      ),
      ...vhosts.map(name =>
        verify(
          `the node has the vhost ${name}`,
          isKnown(own),
          node !== undefined && hasVhost(node, name),
          `the node does not have the vhost ${name}`,
        ),
      ),
      ...policies.map(name =>
        verify(
          `the node has the policy ${name}`,
          isKnown(own),
          node?.policies.some(policy => policy.name === name) ?? false,
          `the node does not have the policy ${name}`,
        ),
      ),
    ]
  },
})

function memberKey(name: string): string {
  return `member ${name}`
}

function verify(that: string, known: boolean, met: boolean, otherwise: string): Requirement {
  return require(that, known ? met : unknown, { otherwise, within })
}
