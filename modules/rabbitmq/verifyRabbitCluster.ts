import * as z from 'zod'
import { defineModule, hostRef, isKnown, on, require, unknown, type Fact, type Requirement, type Unknown } from 'haq'
import { nodeName, type NodeName } from './facts/rabbit-node.ts'
import { rabbit, type RabbitState } from './facts/rabbit.ts'
import { membersOf, mutualHint, oneSided } from './shared/membership.ts'
import { hasVhost, nodeUp, rabbitName, runningNode, runningRequirement } from './shared/node.ts'

const within = 30

/**
 * Changes nothing. It fails unless the node is in a healthy cluster of exactly these members, all of which count each other as
 * members, without partitions, with these vhosts and policies. A cluster may need some seconds to agree after a change, so the check waits up to 30
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
  facts: ({ members }): Record<string, Fact<unknown>> => ({
    own: rabbit,
    ...Object.fromEntries(
      members.flatMap((member): [string, Fact<unknown>][] => [
        [memberKey(member.name), on(member, rabbit)],
        [nameKey(member.name), on(member, nodeName)],
      ]),
    ),
  }),
  plan: ({ members, vhosts, policies }, facts) => {
    const states = facts as Readonly<Record<string, RabbitState | null | Unknown>>
    const own = states['own'] ?? null
    const node = runningNode(own)
    const others = members.map(({ name }) => states[memberKey(name)] ?? null)
    const names = members.map(({ name }) => (facts as Record<string, unknown>)[nameKey(name)] as NodeName | Unknown)
    const known = isKnown(own) && others.every(isKnown) && names.every(isKnown)
    const expected = names
      .map(name => (isKnown(name) ? name.name : ''))
      .toSorted()
      .join(', ')
    const running = { ...runningRequirement(own), within }
    // If the broker is not running, nothing else can be checked.
    if (isKnown(own) && !node) return [running]
    const up = node?.up.toSorted().join(', ')
    const all = node && membersOf(node).toSorted().join(', ')
    const disputes = node ? others.flatMap(other => oneSided(node, nodeUp(other)) ?? []) : []
    return [
      running,
      verify(
        `the cluster's members are ${members.map(({ name }) => name).join(', ')}`,
        known,
        all === expected,
        `the members of the cluster are ${all}`,
      ),
      {
        ...verify('the members agree on who is a member', known, disputes.length === 0, disputes.join('; ')),
        hint: mutualHint,
      },
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

function nameKey(name: string): string {
  return `name of ${name}`
}

function memberKey(name: string): string {
  return `member ${name}`
}

function verify(that: string, known: boolean, met: boolean, otherwise: string): Requirement {
  return require(that, known ? met : unknown, { otherwise, within })
}
