import {
  absent,
  isKnown,
  require,
  unknown,
  type Absent,
  type FileState,
  type HostRef,
  type Requirement,
  type Unknown,
  digestOf,
} from 'haq'
import { hostOf, type NodeName } from '../facts/rabbit-node.ts'
import type { Reach } from '../facts/reach.ts'
import { isAtLeast, type RabbitNode, type RabbitState } from '../facts/rabbit.ts'
import { heldBy, membersOf, mutualHint, oneSided } from './membership.ts'
import { nodeUp, refusal, upRequirement } from './node.ts'

export type NodeFact = RabbitState | Absent | Unknown

export function typeOf({ node, ram }: RabbitNode): 'disc' | 'ram' {
  return ram.includes(node) ? 'ram' : 'disc'
}

/**
 * The requirements for the joining node itself.
 * @param brokerMustRun true if the contents of the node must be checked first
 */
export function nodeRequirements(own: NodeFact, brokerMustRun: boolean): readonly Requirement[] {
  const node = nodeUp(own)
  return [
    upRequirement(own),
    // The contents of a node with a stopped broker are unknown, and so is what joining would delete.
    ...(brokerMustRun && node
      ? [
          require('the broker of the node runs', node.running, {
            otherwise:
              'the broker was stopped here outside of haq (stop_app), so it is not known what joining would delete',
            hint: 'start the broker with rabbitmqctl start_app, or with a rabbitApp task before this one',
          }),
        ]
      : []),
  ]
}

/** What is known of the node and the seed together. */
export interface Pair {
  readonly seedHost: HostRef
  readonly seedNode: NodeFact
  readonly cookie: FileState | Absent | Unknown
  readonly seedCookie: FileState | Absent | Unknown
  readonly ownName: NodeName | Unknown
  readonly seedName: NodeName | Unknown
  readonly reach: Reach | Unknown
  readonly ownAddress: string | Absent | Unknown
}

/** The requirements for the node and the seed together. */
export function seedRequirements(pair: Pair): readonly Requirement[] {
  const { seedHost, seedNode, cookie, seedCookie, reach } = pair
  const { name } = seedHost
  const why = refusal(seedNode)
  const cookiesKnown = isKnown(cookie) && isKnown(seedCookie)
  const sameCookie = cookiesKnown ? digestOf(cookie) === digestOf(seedCookie) : unknown
  const seedRuns = isKnown(seedNode) ? (nodeUp(seedNode)?.running ?? false) : unknown
  const isAsked = seedRuns === true && sameCookie === true && isKnown(reach)
  return [
    require(`the broker on ${name} is running`, seedRuns, {
      otherwise: why ? `on ${name}: ${why.otherwise}` : `the broker on ${name}, the node to join, is not running`,
      hint: why?.hint ?? `on ${name}, check its state with: systemctl status rabbitmq-server`,
    }),
    require(`the Erlang cookie is the same as on ${name}`, sameCookie, {
      otherwise: `the Erlang cookie differs from the one on ${name}`,
      hint: 'set the same cookie on both hosts with an erlangCookie task before this one',
    }),
    ...nameRequirements(pair),
    require(`the node on ${name} answers this host`, isKnown(reach)
      ? !isAsked || !isResolved(reach.address) || reach.answer === 'yes' || reach.answer === 'unasked'
      : unknown, {
      otherwise:
        isKnown(reach) && reach.answer === 'closed'
          ? `this host can't connect to port 4369 (epmd) of ${name} at ${reach.address}`
          : `the node on ${name} does not let this host connect, although the cookie files are the same`,
      hint:
        isKnown(reach) && reach.answer === 'closed'
          ? `let the hosts of the cluster reach each other on the ports 4369 and 25672, and see on ${name}: ss -ltn`
          : `see on ${name} whether its node runs with the cookie of its file (rabbitmqctl status), whether its port 25672 is open, and the end of /var/log/rabbitmq/`,
    }),
  ]
}

/** The nodes find each other by the names that they have, not by those of the inventory. */
function nameRequirements({ seedHost, ownName, seedName, reach, ownAddress }: Pair): readonly Requirement[] {
  const namesKnown = isKnown(ownName) && isKnown(seedName)
  const [own, seed] = [isKnown(ownName) ? ownName.name : 'unknown', isKnown(seedName) ? seedName.name : 'unknown']
  const kind = (name: NodeName | Unknown): string => (isKnown(name) && name.long ? 'a long name' : 'a short name')
  const onThis = isKnown(reach) ? reach.address : unknown
  const unresolved = isKnown(reach) ? reach.unresolved : []
  const hint = 'add the names that the nodes have with a hostsFile task before this one (entries with host)'
  return [
    differentNames(own, namesKnown ? own !== seed : unknown),
    require('the names of both nodes are long, or both are short', namesKnown
      ? ownName.long === seedName.long
      : unknown, {
      otherwise: `${own} has ${kind(ownName)} and ${seed} has ${kind(seedName)}: such nodes can't talk to each other`,
      hint: 'set USE_LONGNAME in /etc/rabbitmq/rabbitmq-env.conf to the same value on both hosts',
      final: true,
    }),
    require(`this host can resolve the name of the node on ${seedHost.name}`, isKnown(onThis)
      ? isResolved(onThis)
      : unknown, { otherwise: unresolvable('this host', seed, onThis), hint }),
    require(`${seedHost.name} can resolve the name of this node`, isKnown(ownAddress)
      ? isResolved(ownAddress)
      : unknown, { otherwise: unresolvable(seedHost.name, own, ownAddress), hint }),
    require('this host can resolve the names of all members', isKnown(reach) ? unresolved.length === 0 : unknown, {
      otherwise: `this host can't resolve ${unresolved.join(', ')}, where other members of the cluster run`,
      hint,
    }),
  ]
}

export function differentNames(node: string, met: boolean | Unknown): Requirement {
  return require('the nodes have different names', met, {
    otherwise: `both nodes are called ${node}`,
    hint: 'give each host a name of its own (hostnamectl hostname NAME), and restart its broker',
    final: true,
  })
}

function isResolved(address: string | Absent): boolean {
  return address !== absent && !address.startsWith('127.')
}

function unresolvable(where: string, node: string, address: string | Absent | Unknown): string {
  return address === absent || !isKnown(address)
    ? `${where} can't resolve ${hostOf(node)}, the host of the node ${node}`
    : `${where} resolves ${hostOf(node)}, the host of the node ${node}, to ${address}, which is ${where} itself`
}

/** Membership is mutual, or it is no membership. What neither node can decide, the operator must. */
export function mutualRequirement(
  { discardData, seed: seedHost }: { readonly discardData: boolean; readonly seed: HostRef },
  own: NodeFact,
  seedNode: NodeFact,
): Requirement {
  const [node, seed] = [nodeUp(own), nodeUp(seedNode)]
  const isDisputed = node && seed && !discardData && membersOf(node).includes(seed.node)
  const dispute = isDisputed ? oneSided(node, seed) : undefined
  const isEmpty = seed !== undefined && heldBy(seed).length === 0
  return require(`${seedHost.name} counts this node as a member, if this node counts ${seedHost.name}`, isKnown(own) &&
    isKnown(seedNode)
    ? dispute === undefined
    : unknown, {
    otherwise: `${dispute}${isEmpty ? `. The node on ${seedHost.name} is empty: it was reinstalled or reset` : ''}`,
    final: true,
    hint: isEmpty
      ? `run rabbitForget({ node: ${seedHost.name} }) on this host, and then rabbitJoin on ${seedHost.name} with this host as the seed`
      : `the cluster has forgotten this node; if it is to join again without its data, set discardData: true. Otherwise: ${mutualHint}`,
  })
}

/**
 * Joining deletes everything on the node. Therefore the node must be empty, unless the operator has set discardData.
 */
export function dataRequirement(discardData: boolean, node: RabbitNode | undefined): Requirement {
  if (!node || !node.running) return require('the node has no data of its own', node || discardData ? true : unknown)
  const held = heldBy(node)
  return require('the node has no data of its own', discardData || held.length === 0, {
    otherwise: `joining would delete the data of this node: ${held.join(', ')}`,
    hint: 'move the data away first, or set discardData: true to delete it',
    final: true,
  })
}

export function ramRequirement(node: RabbitNode | undefined): Requirement {
  return require('this RabbitMQ supports ram nodes', node ? !isAtLeast(node.version, 4) : unknown, {
    otherwise: `RabbitMQ ${node?.version ?? ''} no longer supports ram nodes`,
    hint: "use type: 'disc'",
  })
}
