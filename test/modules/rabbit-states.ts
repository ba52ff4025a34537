import { sha256, type FileState, type RabbitNode, type RabbitState } from 'haq'

/** A node that is up and holds nothing, alone unless told otherwise. */
export function node(name: string, changes: Partial<RabbitNode> = {}): RabbitState {
  return {
    state: 'up',
    node: `rabbit@${name}`,
    version: '3.10.8',
    running: true,
    disc: [`rabbit@${name}`],
    ram: [],
    up: [`rabbit@${name}`],
    partitions: [],
    vhosts: ['/'],
    users: ['guest'],
    policies: [],
    messages: 0,
    ...changes,
  }
}

/** What a node whose broker is stopped says. */
export function stoppedApp(name: string, changes: Partial<RabbitNode> = {}): RabbitState {
  return node(name, { running: false, up: [], vhosts: [], users: [], messages: null, ...changes })
}

export const refusing: RabbitState = { state: 'refusing', said: 'unable to perform an operation on node' }
export const down: RabbitState = { state: 'stopped' }

/** A cookie's file, as far as it is read. */
export function cookieFile(cookie: string, mode = '0400'): FileState {
  return { type: 'file', mode, owner: 'rabbitmq', group: 'rabbitmq', sha256: sha256(cookie) }
}
