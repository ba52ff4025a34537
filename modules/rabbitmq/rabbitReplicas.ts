import * as z from 'zod'
import {
  defineModule,
  hostRef,
  isKnown,
  lines,
  onReachable,
  predict,
  require,
  sh,
  unknown,
  type Script,
  type Step,
} from 'haq'
import { nodeName } from './facts/rabbit-node.ts'
import { rabbitQueues, type RabbitQueue, type RabbitQueues } from './facts/rabbit-queues.ts'
import { nodeOf, usualName } from './shared/node-of.ts'
import { type NodeUp, rabbitmqQueues, rabbitmqctl, runningNode, runningRequirement } from './shared/node.ts'
import { hasQuorum } from './shared/queues.ts'
import { runRabbit } from './shared/reason.ts'

const kinds = [
  { type: 'quorum', what: 'members of quorum queues' },
  { type: 'stream', what: 'replicas of streams' },
] as const

/**
 * Adds a node as a member of all quorum queues and as a replica of all streams of its cluster, or removes it from all
 * of them. Run it on one node of the cluster. A member is removed only while its queue has other members online.
 *
 * @see rabbitmq-queues(8), grow and shrink; rabbitmq-streams(8), add_replica and delete_replica
 *
 * @example
 * ```ts
 * rabbitReplicas({ node: host })
 * ```
 */
export const rabbitReplicas = defineModule({
  name: 'rabbitReplicas',
  summary: 'Add or remove the replicas of all quorum queues and streams on a node',
  params: z.object({
    node: hostRef().describe('the host whose node is added or removed'),
    state: z.enum(['present', 'absent']).default('present').describe('whether the node has copies of the queues'),
  }),
  title: ({ node, state }) => `${node.name} ${state}`,
  facts: ({ node }) => ({ queues: rabbitQueues, name: onReachable(node, nodeName) }),
  plan: ({ node, state }, { queues, name: known }) => {
    const found = runningNode(queues)
    const nodes = found ? [...found.up, ...found.queues.flatMap(({ members }) => members)] : []
    const name = nodeOf(node, known, nodes) ?? usualName(node)
    const wanted = state === 'present'
    const todo = (type: RabbitQueue['type']): readonly RabbitQueue[] =>
      found?.queues.filter(queue => queue.type === type && queue.members.includes(name) !== wanted) ?? []
    const steps = kinds.flatMap(({ type, what }, i) => {
      const some = todo(type)
      if (found && some.length === 0) return []
      // The state after this step and the steps before it.
      const done = kinds.slice(0, i + 1).flatMap(kind => todo(kind.type))
      return [
        change({
          type,
          what,
          node: name,
          wanted,
          some: found && some,
          then: found && moved(found, done, name, wanted),
        }),
      ]
    })
    if (steps.length === 0) return []
    const only = found?.queues.filter(queue => hasQuorum(queue) && queue.members.join() === name) ?? []
    return [
      runningRequirement(queues),
      ...(wanted
        ? [
            require(`the broker on ${node.name} is running`, isKnown(queues)
              ? (found?.up.includes(name) ?? false)
              : unknown, {
              otherwise: `the broker on ${node.name} is not running in this cluster`,
              hint: 'join the node first: playbooks/cluster.ts',
            }),
          ]
        : [
            require(`no queue has its only member on ${node.name}`, found ? only.length === 0 : unknown, {
              otherwise: `${only.map(queue => queue.name).join(', ')} would be lost with the member on ${node.name}`,
            }),
          ]),
      ...steps,
    ]
  },
})

/** The queues with a copy on a node, or without one. */
function moved(
  found: NodeUp<RabbitQueues>,
  some: readonly RabbitQueue[],
  node: string,
  wanted: boolean,
): NodeUp<RabbitQueues> {
  const give = (nodes: readonly string[]): string[] =>
    wanted ? [...nodes, node].toSorted() : nodes.filter(name => name !== node)
  const queues = found.queues.map(queue =>
    some.includes(queue) ? { ...queue, members: give(queue.members), inSync: give(queue.inSync) } : queue,
  )
  return { ...found, queues }
}

interface Todo {
  readonly type: 'quorum' | 'stream'
  readonly what: string
  readonly node: string
  readonly wanted: boolean
  readonly some: readonly RabbitQueue[] | undefined
  readonly then: NodeUp<RabbitQueues> | undefined
}

function change({ type, what, node, wanted, some, then }: Todo): Step {
  const [held, without] = [`on ${node} too`, `not on ${node}`]
  const words = { what, from: wanted ? without : held, to: wanted ? held : without }
  const streams = (grows: boolean): Script => lines(...(some ?? []).map(queue => streamScript(node, queue, grows)))
  return runRabbit({
    change: some ? words : { ...words, from: 'unknown' },
    script: type === 'quorum' ? quorumScript(node, wanted) : streams(wanted),
    undo:
      some && type === 'stream'
        ? { change: { ...words, from: words.to, to: words.from }, script: streams(!wanted) }
        : { impossible: 'RabbitMQ adds or removes the members of all quorum queues at once' },
    predicts: [predict(rabbitQueues, then ?? unknown)],
  })
}

/**
 * The output table of RabbitMQ's command has a line for each queue that could not be changed. Its exit status does not
 * show such failures.
 */
function quorumScript(node: string, grows: boolean): Script {
  return grows ? sh`${rabbitmqQueues} grow ${node} all` : sh`${rabbitmqQueues} shrink ${node}`
}

/** An Erlang expression, because Debian's RabbitMQ 3.10 has no rabbitmq-streams. */
function streamScript(node: string, { vhost, name }: RabbitQueue, grows: boolean): Script {
  const binary = (text: string): string => `<<${[...Buffer.from(text, 'utf8')].join(',')}>>`
  const call = `${grows ? 'add_replica' : 'delete_replica'}(${binary(vhost)}, ${binary(name)}, '${node}')`
  return sh`said=$(${rabbitmqctl} eval ${`rabbit_stream_queue:${call}.`})
case $said in ok|'{ok,'*) ;; *) printf '%s\n' "$said" >&2; exit 1 ;; esac`
}
