import { absent, sha256, type FileState } from 'haq'
import { type NodeName, type RabbitNode, type RabbitState, type RabbitVhost } from 'haq/modules'

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
    vhosts: vhosts('/'),
    users: [{ name: 'guest', tags: ['administrator'] }],
    permissions: [],
    policies: [],
    operatorPolicies: [],
    plugins: {},
    messages: 0,
    ...changes,
  }
}

/** The usual name of a host's node. */
export function named(host: string, changes: Partial<NodeName> = {}): NodeName {
  return { name: `rabbit@${host}`, long: false, ...changes }
}

/** Vhosts that say nothing but their names. */
export function vhosts(...names: readonly string[]): RabbitVhost[] {
  return names.map(name => ({ name, defaultQueueType: null, limits: {} }))
}

/** Users without tags. */
export function users(...names: readonly string[]): RabbitNode['users'] {
  return names.map(name => ({ name, tags: [] }))
}

/** What a node whose broker is stopped says. */
export function stoppedApp(name: string, changes: Partial<RabbitNode> = {}): RabbitState {
  return node(name, { running: false, up: [], vhosts: [], users: [], messages: null, ...changes })
}

/** A node with another cookie than its file, and what is said of it. */
export const refusing: RabbitState = { state: 'refusing', said: 'unable to perform an operation on node' }
export const otherCookie =
  'the node rejects the command line of its own host: the node runs with another Erlang cookie than the one in the file'

/** A node that runs under another name than the one that its host knows. */
export const misnamed: RabbitState = { state: 'misnamed', node: 'rabbit@a', names: ['hare'] }
export const otherName = 'the node is called rabbit@a on its host (rabbitmq-env.conf), but the service runs as hare'

export const down: RabbitState = { state: 'stopped' }

/** Hosts on which no broker can be asked, nor refuses to be. */
export const unasked = [
  { name: 'the node down', rabbit: down },
  { name: 'the broker stopped in a node that is up', rabbit: stoppedApp('a') },
  { name: 'a host without RabbitMQ', rabbit: absent },
] as const

/** A cookie's file, as far as it is read. */
export function cookieFile(cookie: string, mode = '0400'): FileState {
  return { type: 'file', mode, owner: 'rabbitmq', group: 'rabbitmq', sha256: sha256(cookie) }
}
