import {
  isKnown,
  require,
  unknown,
  type Absent,
  type HostRef,
  type RabbitQueue,
  type RabbitQueues,
  type Requirement,
  type Unknown,
} from 'haq'

/** What a cluster says of its queues. */
export type Queues = Extract<RabbitQueues, { state: 'up' }>

/** The queues as a node sees them whose broker runs. */
export function runningQueues(state: RabbitQueues | Absent | Unknown): Queues | undefined {
  return isKnown(state) && state?.state === 'up' && state.running ? state : undefined
}

/** What every module needs that asks a broker for queues. */
export function queuesRequirement(state: RabbitQueues | Absent | Unknown, within = 0): Requirement {
  const refused = isKnown(state) && state?.state === 'refusing' ? state.said : undefined
  return require('the broker is running', isKnown(state) ? runningQueues(state) !== undefined : unknown, {
    otherwise:
      refused === undefined
        ? 'the broker is not running'
        : `the broker does not answer what its host asks: ${refused.replace(/\s+/g, ' ').slice(0, 200)}`,
    hint: 'look at it with: systemctl status rabbitmq-server',
    within,
  })
}

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
