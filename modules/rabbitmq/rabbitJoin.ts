import * as z from 'zod'
import {
  defineModule,
  hostRef,
  isKnown,
  on,
  markPending,
  predict,
  clearPending,
  sh,
  unknown,
  type HostRef,
  type Prediction,
  type Step,
  type Unknown,
} from 'haq'
import { erlangCookieFile, nodeName } from './facts/rabbit-node.ts'
import { ownAddressOn, reachOf } from './facts/reach.ts'
import { rabbit, type RabbitNode } from './facts/rabbit.ts'
import {
  dataRequirement,
  differentNames,
  mutualRequirement,
  nodeRequirements,
  ramRequirement,
  seedRequirements,
  typeOf,
} from './shared/join-requirements.ts'
import { areTogether, membersOf } from './shared/membership.ts'
import { usualName } from './shared/node-of.ts'
import { joining, nodeUp, rabbitmqctl } from './shared/node.ts'
import { runRabbit } from './shared/reason.ts'

const params = z.object({
  seed: hostRef().describe('a host whose node is already in the cluster'),
  type: z.enum(['disc', 'ram']).default('disc').describe('ram nodes exist only up to RabbitMQ 3.x'),
  discardData: z
    .boolean()
    .default(false)
    .describe('let a node join that has messages, users or vhosts of its own; joining deletes them'),
})

type Params = z.output<typeof params>
/**
 * Joins a RabbitMQ node to the cluster of the seed. **Joining deletes all data on the joining node.** Therefore a node
 * with data of its own is refused, unless `discardData` is set. Two nodes are in one cluster only if each counts the
 * other one as a member; if only one of them does, the task says what to do. If a run was killed during a join, the next run
 * continues it. A node that is already in the seed's cluster, for instance by peer discovery (`rabbitConf`), is not
 * changed.
 *
 * @see rabbitmqctl(8), join_cluster; https://www.rabbitmq.com/docs/clustering
 *
 * @example
 * ```ts
 * rabbitJoin({ seed: group('rabbit').first })
 * ```
 */
export const rabbitJoin = defineModule({
  name: 'rabbitJoin',
  summary: 'Join a RabbitMQ node to the cluster of another node',
  params,
  title: ({ seed }) => seed.name,
  facts: ({ seed }) => ({
    own: rabbit,
    seedNode: on(seed, rabbit),
    cookie: erlangCookieFile,
    seedCookie: on(seed, erlangCookieFile),
    ownName: nodeName,
    seedName: on(seed, nodeName),
    reach: reachOf(seed),
    ownAddress: ownAddressOn(seed),
    joining,
  }),
  plan: (params, { own, seedNode, joining: begun, ...facts }) => {
    const node = nodeUp(own)
    const seed = nodeUp(seedNode)
    const seedName = seed?.node ?? (isKnown(facts.seedName) ? facts.seedName.name : usualName(params.seed))
    // Nothing can be planned for two nodes that can't be told apart.
    if (node?.node === seedName) return [differentNames(seedName, false)]
    const isMember = node && isKnown(seedNode) ? isMemberOf(node, seed, seedName) : unknown
    if (isMember === true && node?.running && typeOf(node) === params.type && begun === false) return []
    // The contents of a stopped broker are not known. If a join has begun, they were checked before.
    const mustSee = isMember !== true && (begun !== true || node?.running === true)
    return [
      ...nodeRequirements(own, mustSee),
      ...(isMember === true
        ? []
        : [
            ...seedRequirements({ ...facts, seedHost: params.seed, seedNode }),
            mutualRequirement(params, own, seedNode),
          ]),
      ...(mustSee ? [dataRequirement(params.discardData, node)] : []),
      ...(params.type === 'ram' ? [ramRequirement(node)] : []),
      ...joinSteps({ params, node, seed, seedName, isMember }),
    ]
  },
})

/** A member of the cluster stays one while the seed is down. */
function isMemberOf(node: RabbitNode, seed: RabbitNode | undefined, seedName: string): boolean {
  return seed ? areTogether(node, seed) : membersOf(node).includes(seedName)
}

/** The state of the node when the steps are planned. If the state is unknown, anything is possible. */
interface Situation {
  readonly params: Params
  readonly node: RabbitNode | undefined
  readonly seed: RabbitNode | undefined
  readonly seedName: string
  readonly isMember: boolean | Unknown
}

function joinSteps(situation: Situation): readonly Step[] {
  const { params, node, isMember } = situation
  const mustJoin = isMember !== true
  const mustRetype = !mustJoin && node !== undefined && typeOf(node) !== params.type
  const mustStop = !node || (node.running && (mustJoin || mustRetype))
  return [
    ...(mustStop ? [stopBroker(node)] : []),
    ...(mustJoin ? [join(situation)] : []),
    ...(mustRetype ? [changeType(situation)] : []),
    startBroker(situation),
  ]
}

function stopBroker(node: RabbitNode | undefined): Step {
  return runRabbit({
    change: { what: 'broker', from: node ? 'running' : 'unknown', to: 'stopped to join' },
    script: sh`${markPending('rabbitJoin')}
${rabbitmqctl} stop_app`,
    undo: { change: { what: 'broker', from: 'stopped', to: 'running' }, script: sh`${rabbitmqctl} start_app` },
    predicts: [predict(rabbit, node ? { state: 'up', ...node, running: false } : unknown), predict(joining, true)],
  })
}

function join(situation: Situation): Step {
  const { params, node, seed, seedName } = situation
  // The other members still list a node that was reinstalled or reset by force. One that was forgotten can't leave them.
  const reset =
    node && seed && membersOf(node).includes(seed.node) ? sh`${rabbitmqctl} force_reset` : sh`${rabbitmqctl} reset`
  const forget =
    node && seed && membersOf(seed).includes(node.node)
      ? sh`${rabbitmqctl} -n ${seedName} forget_cluster_node ${node.node}`
      : sh`:`
  return runRabbit({
    change: { what: 'RabbitMQ cluster', from: clusterWord(node), to: memberWord(situation) },
    script: sh`${forget}
${reset}
${rabbitmqctl} join_cluster ${params.type === 'ram' ? ['--ram'] : []} ${seedName}`,
    undo: { impossible: 'joining deleted the previous data of the node' },
    predicts: [predict(rabbit, unknown), predict(on(params.seed, rabbit), unknown)],
  })
}

function clusterWord(node: RabbitNode | undefined): string {
  if (!node) return 'unknown'
  const others = membersOf(node).filter(name => name !== node.node)
  return others.length === 0 ? 'alone' : `with ${others.join(', ')}`
}

function memberWord({ params: { type }, seedName }: Situation): string {
  return `member of the cluster of ${seedName} (${type})`
}

/** The same words as for a join: a check that does not know which of the two steps will run shows both. */
function changeType(situation: Situation): Step {
  const { type } = situation.params
  const other = type === 'disc' ? 'ram' : 'disc'
  const to = memberWord(situation)
  const change = {
    what: 'RabbitMQ cluster',
    from: memberWord({ ...situation, params: { ...situation.params, type: other } }),
    to,
  }
  return runRabbit({
    change,
    script: sh`${rabbitmqctl} change_cluster_node_type ${type}`,
    undo: {
      change: { ...change, from: change.to, to: change.from },
      script: sh`${rabbitmqctl} change_cluster_node_type ${other}`,
    },
    predicts: [predict(rabbit, unknown)],
  })
}

function startBroker({ params: { seed: seedHost, type }, node, seed, seedName }: Situation): Step {
  return runRabbit({
    change: { what: 'broker', from: node ? 'stopped' : 'unknown', to: `running in the cluster of ${seedName}` },
    script: sh`${rabbitmqctl} start_app
${clearPending('rabbitJoin')}`,
    undo: { impossible: 'joining deleted the previous data of the node' },
    predicts: [...joinedStates(type, node, seed, seedHost), predict(joining, false)],
  })
}

/** The predicted states of both nodes, as far as the seed's state is known. */
function joinedStates(
  type: Params['type'],
  node: RabbitNode | undefined,
  seed: RabbitNode | undefined,
  seedHost: HostRef,
): readonly Prediction[] {
  if (!node || !seed) return [predict(rabbit, unknown), predict(on(seedHost, rabbit), unknown)]
  const others = (kind: 'disc' | 'ram'): readonly string[] => seed[kind].filter(name => name !== node.node)
  const own = (kind: 'disc' | 'ram'): readonly string[] => (kind === type ? [node.node] : [])
  const cluster = {
    disc: [...others('disc'), ...own('disc')].sort(),
    ram: [...others('ram'), ...own('ram')].sort(),
    up: [...seed.up.filter(name => name !== node.node), node.node].sort(),
    messages: null,
  }
  const { vhosts, users, policies } = seed
  return [
    predict(rabbit, { state: 'up', ...node, running: true, ...cluster, vhosts, users, policies }),
    predict(on(seedHost, rabbit), { state: 'up', ...seed, ...cluster }),
  ]
}
