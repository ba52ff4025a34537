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
import { isAtLeast, type RabbitNode, type RabbitState } from '../facts/rabbit.ts'
import { nodeUp, upRequirement } from './node.ts'

export type NodeFact = RabbitState | Absent | Unknown

export function membersOf({ disc, ram }: RabbitNode): readonly string[] {
  return [...disc, ...ram]
}

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

/** The requirements for the node and the seed together. */
export function seedRequirements(
  { name }: HostRef,
  seedNode: NodeFact,
  cookie: FileState | Absent | Unknown,
  seedCookie: FileState | Absent | Unknown,
  seedAddress: string | Absent | Unknown,
): readonly Requirement[] {
  const cookiesKnown = isKnown(cookie) && isKnown(seedCookie)
  return [
    require(`the broker on ${name} is running`, isKnown(seedNode) ? (nodeUp(seedNode)?.running ?? false) : unknown, {
      otherwise: `the broker on ${name}, the node to join, is not running`,
      hint: `on ${name}, check its state with: systemctl status rabbitmq-server`,
    }),
    require(`the Erlang cookie is the same as on ${name}`, cookiesKnown
      ? digestOf(cookie) === digestOf(seedCookie)
      : unknown, {
      otherwise: `the Erlang cookie differs from the one on ${name}`,
      hint: 'set the same cookie on both hosts with an erlangCookie task before this one',
    }),
    require(`this host can resolve the name ${name}`, isKnown(seedAddress) ? seedAddress !== absent : unknown, {
      otherwise: `this host can't resolve the name ${name}`,
      hint: 'add its address with a hostsFile task before this one',
    }),
  ]
}

/**
 * Joining deletes everything on the node. Therefore the node must be empty, unless the operator has set discardData.
 */
export function dataRequirement(discardData: boolean, node: RabbitNode | undefined): Requirement {
  if (!node || !node.running) return require('the node has no data of its own', node || discardData ? true : unknown)
  const held = [
    ...(node.messages ? [`${node.messages} messages`] : []),
    ...listed('users', namesOf(node.users), 'guest'),
    ...listed('vhosts', namesOf(node.vhosts), '/'),
    ...listed('cluster members', membersOf(node), node.node),
  ]
  return require('the node has no data of its own', discardData || held.length === 0, {
    otherwise: `joining would delete the data of this node: ${held.join(', ')}`,
    hint: 'move the data away first, or set discardData: true to delete it',
  })
}

function namesOf(things: readonly { readonly name: string }[]): readonly string[] {
  return things.map(({ name }) => name)
}

function listed(what: string, names: readonly string[], usual: string): readonly string[] {
  const own = names.filter(name => name !== usual)
  return own.length === 0 ? [] : [`${what} ${own.join(', ')}`]
}

export function ramRequirement(node: RabbitNode | undefined): Requirement {
  return require('this RabbitMQ supports ram nodes', node ? !isAtLeast(node.version, 4) : unknown, {
    otherwise: `RabbitMQ ${node?.version ?? ''} no longer supports ram nodes`,
    hint: "use type: 'disc'",
  })
}
