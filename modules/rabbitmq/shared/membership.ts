import type { RabbitNode } from '../facts/rabbit.ts'

export function membersOf({ disc, ram }: RabbitNode): readonly string[] {
  return [...disc, ...ram]
}

/** Whether two nodes are in one cluster: each counts the other one as a member. */
export function areTogether(a: RabbitNode, b: RabbitNode): boolean {
  return a.node !== b.node && membersOf(a).includes(b.node) && membersOf(b).includes(a.node)
}

/**
 * What is wrong if only one of two nodes counts the other one as a member: one of them was reinstalled, reset, or
 * forgotten by its cluster. Undefined if they agree, or if the other node can't be asked.
 */
export function oneSided(own: RabbitNode, other: RabbitNode | undefined): string | undefined {
  if (!other || own.node === other.node) return undefined
  const [counts, isCounted] = [membersOf(own).includes(other.node), membersOf(other).includes(own.node)]
  if (counts === isCounted) return undefined
  return counts
    ? `${own.node} counts ${other.node} as a member of its cluster, but ${other.node} does not count ${own.node}`
    : `${other.node} counts ${own.node} as a member of its cluster, but ${own.node} does not count ${other.node}`
}

/**
 * The host whose cluster the others join: the one with the most nodes that count each other as members; among equals
 * the first one that holds something; and if none does, the first one. A node that was reinstalled is so never the seed
 * of the nodes that have the data.
 * @param stateOf what is known of the node of a host
 */
export function seedOf<H>(hosts: readonly [H, ...H[]], stateOf: (host: H) => RabbitNode | undefined): H {
  const nodes = hosts.map(stateOf)
  const weights = nodes.map(node => {
    if (!node?.running) return 0
    const together = nodes.filter(other => other && areTogether(node, other)).length
    return together * 2 + (heldBy(node).length > 0 ? 1 : 0)
  })
  return hosts[weights.indexOf(Math.max(...weights))] ?? hosts[0]
}

/** What an operator does about it. */
export const mutualHint =
  'keep the node that holds the data: remove the other one from its cluster there (rabbitForget), then join the other one to it (rabbitJoin)'

/** What a node that runs holds of its own, in words. Joining another cluster deletes it. */
export function heldBy(node: RabbitNode): readonly string[] {
  return [
    ...(node.messages ? [`${node.messages} messages`] : []),
    ...listed('users', namesOf(node.users), 'guest'),
    ...listed('vhosts', namesOf(node.vhosts), '/'),
    ...listed('cluster members', membersOf(node), node.node),
  ]
}

function namesOf(things: readonly { readonly name: string }[]): readonly string[] {
  return things.map(({ name }) => name)
}

function listed(what: string, names: readonly string[], usual: string): readonly string[] {
  const own = names.filter(name => name !== usual)
  return own.length === 0 ? [] : [`${what} ${own.join(', ')}`]
}
