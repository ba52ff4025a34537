import type { HostRef } from 'haq'
import type { RabbitQueue } from '../facts/rabbit-queues.ts'

/** The name of a host's node, where nothing else is said in rabbitmq-env.conf. */
export function nodeNameOf({ name }: HostRef): string {
  return `rabbit@${name.split('.')[0] ?? name}`
}

export function withoutNode(nodes: readonly string[], node: string): readonly string[] {
  return nodes.filter(name => name !== node)
}

/** A queue whose members agree by majority. */
export function hasQuorum({ type }: RabbitQueue): boolean {
  return type === 'quorum' || type === 'stream'
}

const shown = 5

/** Names of queues for a sentence; of many the first ones and how many more. */
export function queueList(queues: readonly RabbitQueue[], say: (queue: RabbitQueue) => string = () => ''): string {
  const names = queues.slice(0, shown).map(queue => `${queue.name} in ${queue.vhost}${say(queue)}`)
  return [...names, ...(queues.length > shown ? [`and ${queues.length - shown} more`] : [])].join(', ')
}
