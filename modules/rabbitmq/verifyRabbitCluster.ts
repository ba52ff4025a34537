import * as z from 'zod'
import { defineModule, hostRef, isKnown, on, require, unknown, type Requirement, type Unknown } from 'haq'
import { rabbit, type RabbitState } from './facts/rabbit.ts'
import { hasVhost, rabbitName, runningNode, runningRequirement } from './shared/node.ts'

const within = 30

/**
 * Changes nothing: fails unless the node is in a healthy cluster of exactly these members, without partitions, that
 * holds these vhosts and policies. After a change a cluster may take some seconds to agree; it is given 30.
 *
 * @see rabbitmqctl(8), cluster_status
 */
export const verifyRabbitCluster = defineModule({
  name: 'verifyRabbitCluster',
  summary: 'Fail unless the RabbitMQ cluster has all its members, no partition, and the vhosts and policies named',
  params: z.object({
    members: z.array(hostRef()).min(1).readonly().describe('the hosts whose nodes make up the cluster'),
    vhosts: z.array(rabbitName).default([]).describe('vhosts that must be seen from the node'),
    policies: z.array(rabbitName).default([]).describe('policies that must be seen from the node'),
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
      // What a node that is down would say.
      return isKnown(state) && state?.state === 'up' ? state.node : `rabbit@${name}`
    })
    const known = isKnown(own) && members.every(({ name }) => isKnown(states[memberKey(name)]))
    const expected = names.toSorted().join(', ')
    const running = { ...runningRequirement(own), within }
    // A broker that does not run can't be asked for the rest.
    if (isKnown(own) && !node) return [running]
    const up = node?.up.toSorted().join(', ')
    const all = node && [...node.disc, ...node.ram].toSorted().join(', ')
    return [
      running,
      verify(
        `the cluster's members are ${members.map(({ name }) => name).join(', ')}`,
        known,
        all === expected,
        `the cluster has ${all}`,
      ),
      verify('all of them run', known, up === expected, `only these run: ${up}`),
      verify(
        'there is no partition',
        isKnown(own),
        node?.partitions.length === 0,
        `partitioned from ${node?.partitions.join(', ')}`,
      ),
      ...vhosts.map(name =>
        verify(
          `vhost ${name} is seen`,
          isKnown(own),
          node !== undefined && hasVhost(node, name),
          `vhost ${name} is not seen`,
        ),
      ),
      ...policies.map(name =>
        verify(
          `policy ${name} is seen`,
          isKnown(own),
          node?.policies.some(policy => policy.name === name) ?? false,
          `policy ${name} is not seen`,
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
