import { type RabbitConditions, type RabbitQueue, type RabbitQueues } from 'haq/modules'

type Cluster = Extract<RabbitQueues, { state: 'up' }>

/** What a node says of the queues of a cluster of which every member runs, unless told otherwise. */
export function queuesOn(
  name: string,
  members: readonly string[],
  queues: readonly RabbitQueue[] = [],
  changes: Partial<Cluster> = {},
): Cluster {
  const up = members.map(member => `rabbit@${member}`)
  return { state: 'up', node: `rabbit@${name}`, running: true, up, queues: [...queues], ...changes }
}

/** A queue in vhost `shop` with its copies on these hosts, led by the first one, unless told otherwise. */
export function queue(
  type: RabbitQueue['type'],
  name: string,
  hosts: readonly string[],
  changes: Partial<RabbitQueue> = {},
): RabbitQueue {
  const members = hosts.map(host => `rabbit@${host}`)
  return { vhost: 'shop', name, type, leader: members[0] ?? null, members, inSync: members, missing: [], ...changes }
}

type Conditions = Extract<RabbitConditions, { state: 'up' }>

/** A node in service, without alarms. */
export function conditions(name: string, changes: Partial<Conditions> = {}): Conditions {
  return {
    state: 'up',
    node: `rabbit@${name}`,
    running: true,
    draining: false,
    alarms: [],
    disabledFlags: [],
    ...changes,
  }
}
