import { cookieFile, named, node } from './rabbit-states.ts'

/** A node that joins another one: what is read, and what is then done. */
const seed = { name: 'a' }
export const params = { seed }
export const pair = { disc: ['rabbit@a', 'rabbit@b'], up: ['rabbit@a', 'rabbit@b'], messages: null }
export const ramPair = { ...pair, disc: ['rabbit@a'], ram: ['rabbit@b'] }
export const fine = {
  own: node('b'),
  seedNode: node('a'),
  cookie: cookieFile('COOKIE'),
  seedCookie: cookieFile('COOKIE'),
  ownName: named('b'),
  seedName: named('a'),
  reach: { address: '192.168.1.121', unresolved: [], answer: 'yes' },
  ownAddress: '192.168.1.114',
  joining: false,
}
export const member = { ...fine, own: node('b', pair), seedNode: node('a', pair) }

export const stop = 'broker: running → stopped to join'
export const to = 'member of the cluster of rabbit@a (disc)'
export const join = `RabbitMQ cluster: alone → ${to}`
export const start = 'broker: stopped → running in the cluster of rabbit@a'
export const all = [stop, join, start]
export const blind = [
  'broker: unknown → stopped to join',
  `RabbitMQ cluster: unknown → ${to}`,
  'broker: unknown → running in the cluster of rabbit@a',
]
export const isUp = 'the RabbitMQ node is up'
export const holdsNothing = 'the node has no data of its own'
export const hasRam = 'this RabbitMQ supports ram nodes'
export const seedRuns = 'the broker on a is running'
export const sameCookie = 'the Erlang cookie is the same as on a'
export const names = 'the nodes have different names'
export const kinds = 'the names of both nodes are long, or both are short'
export const resolves = 'this host can resolve the name of the node on a'
export const isResolved = 'a can resolve the name of this node'
export const resolvesAll = 'this host can resolve the names of all members'
export const answers = 'the node on a answers this host'
export const mutual = 'a counts this node as a member, if this node counts a'
