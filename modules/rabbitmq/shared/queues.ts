import type { RabbitQueue } from '../facts/rabbit-queues.ts'

export function withoutNode(nodes: readonly string[], node: string): readonly string[] {
  return nodes.filter(name => name !== node)
}

/** A queue whose members need a majority. */
export function hasQuorum({ type }: RabbitQueue): boolean {
  return type === 'quorum' || type === 'stream'
}

const shown = 5

/** The names of queues for a message. Of many queues, only the first ones are named, with the number of the others. */
export function queueList(queues: readonly RabbitQueue[], say: (queue: RabbitQueue) => string = () => ''): string {
  const names = queues.slice(0, shown).map(queue => `${queue.name} in ${queue.vhost}${say(queue)}`)
  return [...names, ...(queues.length > shown ? [`and ${queues.length - shown} more`] : [])].join(', ')
}
