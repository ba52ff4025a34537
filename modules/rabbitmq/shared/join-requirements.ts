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
 * What must be true of the node itself.
 * @param brokerMustRun whether what it holds must be seen first
 */
export function nodeRequirements(own: NodeFact, brokerMustRun: boolean): readonly Requirement[] {
  const node = nodeUp(own)
  return [
    upRequirement(own),
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

/** What must be true between the node and the seed. */
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
      otherwise: `the broker on ${name} is down, and it is the one to join`,
      hint: `look at it with: systemctl status rabbitmq-server, on ${name}`,
    }),
    require(`the Erlang cookie is the one of ${name}`, cookiesKnown
      ? digestOf(cookie) === digestOf(seedCookie)
      : unknown, {
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
export function dataRequirement(discardData: boolean, node: RabbitNode | undefined): Requirement {
  if (!node || !node.running) return require('the node holds nothing of its own', node || discardData ? true : unknown)
  const held = [
    ...(node.messages ? [`${node.messages} messages`] : []),
    ...listed('users', namesOf(node.users), 'guest'),
    ...listed('vhosts', namesOf(node.vhosts), '/'),
    ...listed('cluster members', membersOf(node), node.node),
  ]
  return require('the node holds nothing of its own', discardData || held.length === 0, {
    otherwise: `joining would wipe what this node holds: ${held.join(', ')}`,
    hint: 'move it away first, or set discardData: true to lose it',
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
  return require('this RabbitMQ has ram nodes', node ? !isAtLeast(node.version, 4) : unknown, {
    otherwise: `RabbitMQ ${node?.version ?? ''} has no ram nodes any more`,
    hint: "use type: 'disc'",
  })
}
