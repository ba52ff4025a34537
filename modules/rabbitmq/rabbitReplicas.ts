import * as z from 'zod'
import { defineModule, hostRef, isKnown, lines, predict, require, run, sh, unknown, type Script, type Step } from 'haq'
import { rabbitQueues, type RabbitQueue, type RabbitQueues } from './facts/rabbit-queues.ts'
import { type NodeUp, rabbitmqQueues, rabbitmqctl, runningNode, runningRequirement } from './shared/node.ts'
import { hasQuorum, nodeNameOf } from './shared/queues.ts'

const kinds = [
  { type: 'quorum', what: 'members of quorum queues' },
  { type: 'stream', what: 'replicas of streams' },
] as const

/**
 * A node as a member of every quorum queue and a replica of every stream of its cluster, or of none of them. Run it on one
 * node of the cluster; a member is given up only while its queue has others online.
 *
 * @see rabbitmq-queues(8), grow and shrink; rabbitmq-streams(8), add_replica and delete_replica
 */
export const rabbitReplicas = defineModule({
  name: 'rabbitReplicas',
  summary: 'Add or remove the replicas of all quorum queues and streams on a node',
  params: z.object({
    node: hostRef().describe('the host of the node'),
    state: z.enum(['present', 'absent']).default('present').describe('whether copies are to be there'),
  }),
  title: ({ node, state }) => `${node.name} ${state}`,
  facts: () => ({ queues: rabbitQueues }),
  plan: ({ node, state }, { queues }) => {
    const found = runningNode(queues)
    const name = nodeNameOf(node)
    const wanted = state === 'present'
    const todo = (type: RabbitQueue['type']): readonly RabbitQueue[] =>
      found?.queues.filter(queue => queue.type === type && queue.members.includes(name) !== wanted) ?? []
    const steps = kinds.flatMap(({ type, what }, i) => {
      const some = todo(type)
      if (found && some.length === 0) return []
      // What is true when this step is done, and those before it.
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
              hint: 'let it join first: playbooks/cluster.ts',
            }),
          ]
        : [
            require(`no queue has ${node.name} alone`, found ? only.length === 0 : unknown, {
              otherwise: `${only.map(queue => queue.name).join(', ')} would be lost with the member on ${node.name}`,
            }),
          ]),
      ...steps,
    ]
  },
})

/** The queues with or without a copy on a node. */
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
  return run({
    change: some ? words : { ...words, from: 'unknown' },
    script: type === 'quorum' ? quorumScript(node, wanted) : streams(wanted),
    undo:
      some && type === 'stream'
        ? { change: { ...words, from: words.to, to: words.from }, script: streams(!wanted) }
        : { impossible: 'RabbitMQ gives a member to all quorum queues or takes it from all of them' },
    predicts: [predict(rabbitQueues, then ?? unknown)],
  })
}

/** RabbitMQ's table of queues has a line for each that could not be changed, and its exit status says nothing of them. */
function quorumScript(node: string, grows: boolean): Script {
  return grows ? sh`${rabbitmqQueues} grow ${node} all` : sh`${rabbitmqQueues} shrink ${node}`
}

/** By Erlang, as Debian's RabbitMQ 3.10 has no rabbitmq-streams. */
function streamScript(node: string, { vhost, name }: RabbitQueue, grows: boolean): Script {
  const binary = (text: string): string => `<<${[...Buffer.from(text, 'utf8')].join(',')}>>`
  const call = `${grows ? 'add_replica' : 'delete_replica'}(${binary(vhost)}, ${binary(name)}, '${node}')`
  return sh`said=$(${rabbitmqctl} eval ${`rabbit_stream_queue:${call}.`})
case $said in ok|'{ok,'*) ;; *) printf '%s\n' "$said" >&2; exit 1 ;; esac`
}
