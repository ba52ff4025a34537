import * as z from 'zod'
import {
  absent,
  debt,
  defineModule,
  erlangCookieFile,
  hostRef,
  isAtLeast,
  isKnown,
  on,
  owe,
  predict,
  rabbit,
  require,
  resolvesTo,
  run,
  settle,
  sh,
  unknown,
  type Absent,
  type FileState,
  type HostRef,
  type RabbitNode,
  type RabbitState,
  type Requirement,
  type Step,
  type Unknown,
} from 'haq'

const params = z.object({
  seed: hostRef().describe('a host whose node is in the cluster already'),
  type: z.enum(['disc', 'ram']).default('disc').describe('ram nodes exist up to RabbitMQ 3.x'),
  discardData: z
    .boolean()
    .default(false)
    .describe('allow a node that holds messages, users or vhosts of its own to join, which wipes them'),
})

type Params = z.output<typeof params>
type Node = RabbitState | Absent | Unknown

/** Marks on the host that a join has begun: the broker is stopped, and its data was looked at before. */
const joining = debt('rabbitJoin')

/**
 * A RabbitMQ node as a member of the seed's cluster. **Joining wipes the joining node**, so a node that holds anything
 * of its own is refused unless `discardData` is set. A run that was killed half-way is taken up where it was.
 *
 * @see rabbitmqctl(8), join_cluster; https://www.rabbitmq.com/docs/clustering
 */
export const rabbitJoin = defineModule({
  name: 'rabbitJoin',
  summary: "Make a RabbitMQ node a member of another node's cluster",
  params,
  title: ({ seed }) => seed.name,
  facts: ({ seed }) => ({
    own: rabbit,
    seedNode: on(seed, rabbit),
    cookie: erlangCookieFile,
    seedCookie: on(seed, erlangCookieFile),
    seedAddress: resolvesTo(seed.name),
    joining,
  }),
  plan: (params, { own, seedNode, cookie, seedCookie, seedAddress, joining: begun }) => {
    const node = nodeOf(own)
    const seed = nodeOf(seedNode)
    const isMember = node && seed ? membersOf(node).includes(seed.node) : unknown
    if (isMember === true && node?.running && typeOf(node) === params.type && begun === false) return []
    return [
      ...nodeRequirements(own, isMember !== true && begun !== true),
      ...(isMember === true ? [] : seedRequirements(params.seed, seedNode, cookie, seedCookie, seedAddress)),
      ...(isMember === true || begun === true ? [] : [dataRequirement(params, node)]),
      ...ramRequirement(params, node),
      ...joinSteps({ params, node, seed, isMember, begun }),
    ]
  },
})

function nodeOf(state: Node): RabbitNode | undefined {
  return isKnown(state) && state?.state === 'up' ? state : undefined
}

function membersOf({ disc, ram }: RabbitNode): readonly string[] {
  return [...disc, ...ram]
}

function typeOf({ node, ram }: RabbitNode): 'disc' | 'ram' {
  return ram.includes(node) ? 'ram' : 'disc'
}

/** What must be true of the node itself. */
function nodeRequirements(own: Node, brokerMustRun: boolean): readonly Requirement[] {
  const isUp = isKnown(own) ? own?.state === 'up' : unknown
  const node = nodeOf(own)
  return [
    require('the RabbitMQ node is up', isUp, upOtherwise(own)),
    // With its broker stopped nobody can see what a node holds, and so nobody can say what joining would wipe.
    ...(brokerMustRun && node
      ? [
          require('its broker runs', node.running, {
            otherwise:
              'the broker was stopped here by somebody else (stop_app), so what joining would wipe is not known',
            hint: 'start it with rabbitmqctl start_app, or by a rabbitApp task before this one',
          }),
        ]
      : []),
  ]
}

function upOtherwise(own: Node): { readonly otherwise: string; readonly hint: string } {
  if (isKnown(own) && own?.state === 'refusing')
    return {
      otherwise: 'the node here refuses its own command line: it runs with another Erlang cookie than the file holds',
      hint: 'restart rabbitmq-server, or set the cookie by an erlangCookie task before this one',
    }
  return {
    otherwise: 'RabbitMQ is not running here',
    hint: 'start it by a service task before this one: service rabbitmq-server running',
  }
}

/** What must be true between the node and the seed. */
function seedRequirements(
  { name }: HostRef,
  seedNode: Node,
  cookie: FileState | Absent | Unknown,
  seedCookie: FileState | Absent | Unknown,
  seedAddress: string | Absent | Unknown,
): readonly Requirement[] {
  const cookiesKnown = isKnown(cookie) && isKnown(seedCookie)
  return [
    require(`the broker on ${name} is running`, isKnown(seedNode) ? (nodeOf(seedNode)?.running ?? false) : unknown, {
      otherwise: `the broker on ${name} is down, and it is the one to join`,
      hint: `look at it with: systemctl status rabbitmq-server, on ${name}`,
    }),
    require(`the Erlang cookie is the one of ${name}`, cookiesKnown ? cookie?.sha256 === seedCookie?.sha256 : unknown, {
      otherwise: `the Erlang cookie differs from the one on ${name}`,
      hint: 'give both hosts one cookie by an erlangCookie task before this one',
    }),
    require(`the name ${name} has an address here`, isKnown(seedAddress) ? seedAddress !== absent : unknown, {
      otherwise: `the name ${name} can't be resolved here`,
      hint: 'give it an address by a hostsFile task before this one',
    }),
  ]
}

/** Joining wipes: what a node holds of its own must be nothing, or be given up by the operator's own word. */
function dataRequirement({ discardData }: Params, node: RabbitNode | undefined): Requirement {
  if (!node || !node.running) return require('the node holds nothing of its own', node || discardData ? true : unknown)
  const held = [
    ...(node.messages ? [`${node.messages} messages`] : []),
    ...listed('users', node.users, 'guest'),
    ...listed('vhosts', node.vhosts, '/'),
    ...listed('cluster members', membersOf(node), node.node),
  ]
  return require('the node holds nothing of its own', discardData || held.length === 0, {
    otherwise: `joining would wipe what this node holds: ${held.join(', ')}`,
    hint: 'move it away first, or set discardData: true to lose it',
  })
}

function listed(what: string, names: readonly string[], usual: string): readonly string[] {
  const own = names.filter(name => name !== usual)
  return own.length === 0 ? [] : [`${what} ${own.join(', ')}`]
}

function ramRequirement({ type }: Params, node: RabbitNode | undefined): readonly Requirement[] {
  if (type === 'disc') return []
  return [
    require('this RabbitMQ has ram nodes', node ? !isAtLeast(node.version, 4) : unknown, {
      otherwise: `RabbitMQ ${node?.version ?? ''} has no ram nodes any more`,
      hint: "use type: 'disc'",
    }),
  ]
}

/** What the plan knows when it comes to the steps; a node that is not known may be in any state. */
interface Situation {
  readonly params: Params
  readonly node: RabbitNode | undefined
  readonly seed: RabbitNode | undefined
  readonly isMember: boolean | Unknown
  readonly begun: boolean | Unknown
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
  return run({
    change: { what: 'broker', from: node ? 'running' : 'unknown', to: 'stopped to join' },
    script: sh`${owe('rabbitJoin')}
rabbitmqctl -q stop_app`,
    undo: { change: { what: 'broker', from: 'stopped', to: 'running' }, script: sh`rabbitmqctl -q start_app` },
    predicts: [predict(rabbit, node ? { state: 'up', ...node, running: false } : unknown)],
  })
}

function join({ params: { seed, type }, node, seed: seedNode }: Situation): Step {
  const seedName = seedNode?.node ?? `rabbit@${seed.name}`
  // A node that was reinstalled, or reset by force, is still a member in the eyes of the others.
  const forget =
    node && seedNode && membersOf(seedNode).includes(node.node)
      ? sh`rabbitmqctl -q -n ${seedName} forget_cluster_node ${node.node}`
      : sh`:`
  return run({
    change: {
      what: 'RabbitMQ cluster',
      from: node ? 'alone' : 'unknown',
      to: `member of the cluster of ${seedName} (${type})`,
    },
    script: sh`${forget}
rabbitmqctl -q reset
rabbitmqctl -q join_cluster ${type === 'ram' ? ['--ram'] : []} ${seedName}`,
    undo: { impossible: 'joining wiped what the node held before' },
    predicts: [predict(rabbit, unknown), predict(on(seed, rabbit), unknown)],
  })
}

function changeType({ params: { type }, node }: Situation): Step {
  const change = { what: 'RabbitMQ node type', from: node ? typeOf(node) : 'unknown', to: type }
  const other = type === 'disc' ? 'ram' : 'disc'
  return run({
    change,
    script: sh`rabbitmqctl -q change_cluster_node_type ${type}`,
    undo: {
      change: { ...change, from: type, to: other },
      script: sh`rabbitmqctl -q change_cluster_node_type ${other}`,
    },
    predicts: [predict(rabbit, unknown)],
  })
}

function startBroker({ params: { seed, type }, node, seed: seedNode }: Situation): Step {
  const seedName = seedNode?.node ?? `rabbit@${seed.name}`
  return run({
    change: { what: 'broker', from: 'stopped to join', to: `running in the cluster of ${seedName}` },
    script: sh`rabbitmqctl -q start_app
rabbitmqctl -q cluster_status --formatter json | grep -qF ${`"${seedName}"`} || {
  echo ${`cluster_status does not list ${seedName}`} >&2
  exit 1
}
${settle('rabbitJoin')}`,
    undo: { impossible: 'joining wiped what the node held before' },
    predicts: [predict(rabbit, joinedState(type, node, seedNode)), predict(joining, false)],
  })
}

/** The node as it will be, as far as the seed tells. */
function joinedState(
  type: Params['type'],
  node: RabbitNode | undefined,
  seed: RabbitNode | undefined,
): RabbitState | Unknown {
  if (!node || !seed) return unknown
  const others = (kind: 'disc' | 'ram'): readonly string[] => seed[kind].filter(name => name !== node.node)
  const own = (kind: 'disc' | 'ram'): readonly string[] => (kind === type ? [node.node] : [])
  const { vhosts, users, policies } = seed
  return {
    state: 'up',
    ...node,
    running: true,
    disc: [...others('disc'), ...own('disc')].sort(),
    ram: [...others('ram'), ...own('ram')].sort(),
    up: [...seed.up.filter(name => name !== node.node), node.node].sort(),
    vhosts,
    users,
    policies,
    messages: null,
  }
}
