import * as z from 'zod'
import {
  debt,
  isKnown,
  require,
  sh,
  unknown,
  type Absent,
  type Requirement,
  type Script,
  type Secret,
  type Unknown,
} from 'haq'
import { type RabbitConditions } from '../facts/rabbit-conditions.ts'
import { type RabbitNode, type RabbitState } from '../facts/rabbit.ts'
import { type RabbitQueues } from '../facts/rabbit-queues.ts'

/**
 * What RabbitMQ's command line runs in. Debian wraps it in a script that gives root's words to a second shell, which
 * takes `$`, backslashes and backquotes in them for its own; RabbitMQ's own script takes words as they are.
 */
const words = sh`env LC_ALL=C.UTF-8 HOME=/var/lib/rabbitmq PATH="/usr/lib/rabbitmq/bin:$PATH"`

export const rabbitmqctl = sh`${words} rabbitmqctl -q`
export const rabbitmqQueues = sh`${words} rabbitmq-queues -q`
export const rabbitmqUpgrade = sh`${words} rabbitmq-upgrade -q`

/**
 * A command that takes a user's password from standard input. RabbitMQ 4 reads it only where there is the user's name
 * and nothing else, no option and no `--`, and else waits for ever.
 */
export function withPassword(
  command: 'add_user' | 'change_password' | 'authenticate_user',
  user: string,
  password: Secret,
): Script {
  return sh`printf '%s\n' ${password} | ${words} rabbitmqctl ${command} ${user}`
}

/** Marks on the host that a join has begun: the broker is stopped, and its data was looked at before. */
export const joining = debt('rabbitJoin')

/** A name that RabbitMQ's command line takes as a word and not as an option. */
export const rabbitName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^-\0\r\n][^\0\r\n]*$/, { error: 'takes a name that does not start with a dash' })

/** Whatever a node is asked for. */
type Asked = RabbitState | RabbitConditions | RabbitQueues

/** What a node answers when it is up. */
export type NodeUp<Of extends Asked> = Of & { readonly state: 'up' }

/** What the node of a host answers when it is up, whether its broker runs or not. */
export function nodeUp<Of extends Asked>(state: Of | Absent | Unknown): NodeUp<Of> | undefined {
  const answer: Asked | Absent | Unknown = state
  return isKnown(answer) && answer?.state === 'up' ? (answer as NodeUp<Of>) : undefined
}

/** What every module needs that starts or stops the broker inside of a node. */
export function upRequirement(state: Asked | Absent | Unknown): Requirement {
  const why = refusal(state) ?? {
    otherwise: 'the RabbitMQ node is not up',
    hint: 'start it by a service task before this one: service rabbitmq-server running',
  }
  return require('the RabbitMQ node is up', isKnown(state) ? nodeUp(state) !== undefined : unknown, why)
}

/** What the node of a host answers when its broker runs, and so can say what it holds. */
export function runningNode<Of extends Asked>(state: Of | Absent | Unknown): NodeUp<Of> | undefined {
  const node: NodeUp<Asked> | undefined = nodeUp<Asked>(state)
  return node?.running ? (node as NodeUp<Of>) : undefined
}

/** What every module needs that asks or tells a broker something. */
export function runningRequirement(state: Asked | Absent | Unknown): Requirement {
  const why = refusal(state) ?? {
    otherwise: 'the broker is not running',
    hint: 'start it by a service task before this one (service rabbitmq-server running); systemctl status rabbitmq-server says why it stopped',
  }
  return require('the broker is running', isKnown(state) ? runningNode(state) !== undefined : unknown, why)
}

/** Why a node that is up does not answer, and what helps; undefined for one that answers, or is not up. */
function refusal(state: Asked | Absent | Unknown): { readonly otherwise: string; readonly hint: string } | undefined {
  if (!isKnown(state) || state?.state !== 'refusing') return undefined
  const said = state.said.replace(/\s+/g, ' ')
  if (/unable to (perform an operation on|connect to) node/i.test(said))
    return {
      otherwise: 'the node refuses its own command line: it runs with another Erlang cookie than the file holds',
      hint: 'set the cookie by an erlangCookie task before this one, and restart rabbitmq-server',
    }
  return {
    otherwise: `the node does not answer what its host asks${said && `: ${said.slice(0, 200)}`}`,
    hint: 'look at it with: systemctl status rabbitmq-server',
  }
}

export function hasVhost(node: RabbitNode, name: string): boolean {
  return node.vhosts.some(vhost => vhost.name === name)
}

/** What every module needs that writes into a vhost. */
export function vhostRequirement(name: string, node: RabbitNode | undefined): Requirement {
  return require(`there is a vhost ${name}`, node ? hasVhost(node, name) : unknown, {
    otherwise: `there is no vhost ${name}`,
    hint: 'add it by a rabbitVhost task before this one',
  })
}
