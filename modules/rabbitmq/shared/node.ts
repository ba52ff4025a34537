import * as z from 'zod'
import {
  isPending,
  isKnown,
  require,
  sh,
  unknown,
  type Absent,
  type Requirement,
  type Script,
  type Secret,
  type UnitState,
  type Unknown,
} from 'haq'
import { type RabbitConditions } from '../facts/rabbit-conditions.ts'
import { type RabbitNode, type RabbitState } from '../facts/rabbit.ts'
import { type RabbitQueues } from '../facts/rabbit-queues.ts'

/**
 * The environment for RabbitMQ's command line. Debian wraps the command line in a script that passes root's arguments
 * to a second shell, which interprets `$`, backslashes and backquotes. RabbitMQ's own script passes arguments
 * unchanged.
 */
const words = sh`env LC_ALL=C.UTF-8 HOME=/var/lib/rabbitmq PATH="/usr/lib/rabbitmq/bin:$PATH"`

export const rabbitmqctl = sh`${words} rabbitmqctl -q`
export const rabbitmqQueues = sh`${words} rabbitmq-queues -q`
export const rabbitmqUpgrade = sh`${words} rabbitmq-upgrade -q`

/**
 * A command that reads a user's password from standard input. RabbitMQ 4 reads the password only if the user's name is
 * the only argument, without options and without `--`. Otherwise it waits for ever.
 */
export function withPassword(
  command: 'add_user' | 'change_password' | 'authenticate_user',
  user: string,
  password: Secret,
): Script {
  return sh`printf '%s\n' ${password} | ${words} rabbitmqctl ${command} ${user}`
}

/** This file on the host means that a join has begun: the broker is stopped, and its data was checked before. */
export const joining = isPending('rabbitJoin')

/** A name that RabbitMQ's command line does not read as an option. */
export const rabbitName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^-\0\r\n][^\0\r\n]*$/, { error: 'takes a name that does not start with a dash' })

/** Any fact that is read from a node. */
type Asked = RabbitState | RabbitConditions | RabbitQueues

/** The value of the fact if the node is up. */
export type NodeUp<Of extends Asked> = Of & { readonly state: 'up' }

/** The value of the fact if the node of the host is up, whether or not its broker runs. */
export function nodeUp<Of extends Asked>(state: Of | Absent | Unknown): NodeUp<Of> | undefined {
  const answer: Asked | Absent | Unknown = state
  return isKnown(answer) && answer?.state === 'up' ? (answer as NodeUp<Of>) : undefined
}

/** The requirement of every module that starts or stops the broker inside a node. */
export function upRequirement(state: Asked | Absent | Unknown): Requirement {
  const why = refusal(state) ?? {
    otherwise: 'the RabbitMQ node is not up',
    hint: 'start the node with a service task before this one: service rabbitmq-server running',
  }
  return require('the RabbitMQ node is up', isKnown(state) ? nodeUp(state) !== undefined : unknown, why)
}

/** The value of the fact if the broker of the host runs, so that its contents are known. */
export function runningNode<Of extends Asked>(state: Of | Absent | Unknown): NodeUp<Of> | undefined {
  const node: NodeUp<Asked> | undefined = nodeUp<Asked>(state)
  return node?.running ? (node as NodeUp<Of>) : undefined
}

/** The requirement of every module that reads from the broker or changes something in it. */
export function runningRequirement(state: Asked | Absent | Unknown): Requirement {
  const why = refusal(state) ?? {
    otherwise: 'the broker is not running',
    hint: 'start the broker with a service task before this one (service rabbitmq-server running); systemctl status rabbitmq-server shows why it stopped',
  }
  return require('the broker is running', isKnown(state) ? runningNode(state) !== undefined : unknown, why)
}

/** Whether a node runs that can't be asked: its clients and queues are not known. */
export function runsUnasked(state: Asked | Absent | Unknown): boolean {
  return isKnown(state) && (state?.state === 'refusing' || state?.state === 'misnamed')
}

/** Why a node that is up does not answer, with a hint. Undefined if the node answers or is not up. */
export function refusal(
  state: Asked | Absent | Unknown,
): { readonly otherwise: string; readonly hint: string } | undefined {
  if (!isKnown(state)) return undefined
  if (state?.state === 'misnamed')
    return {
      otherwise: `the node is called ${state.node} on its host (rabbitmq-env.conf), but the service runs as ${state.names.join(', ')}`,
      hint: 'set NODENAME in /etc/rabbitmq/rabbitmq-env.conf and nowhere else, such as in a drop-in of the service: rabbitmqctl reads only that file; then restart rabbitmq-server',
    }
  if (state?.state !== 'refusing') return undefined
  const { otherwise, hint } = refusalOf(state.said)
  return { otherwise, hint }
}

/** Why a node does not talk to the command line of its own host, from what that said. */
export function refusalOf(said: string): {
  readonly kind: 'cookie' | 'name' | 'port' | 'other'
  readonly otherwise: string
  readonly hint: string
} {
  const text = said.replace(/\s+/g, ' ')
  const [, host] = /epmd \(port \d+\) on (\S+): (?:nxdomain|.*non-existing domain)/.exec(text) ?? []
  if (host !== undefined)
    return {
      kind: 'name',
      otherwise: `this host can't resolve ${host}, the name of its own node`,
      hint: 'add the name with a hostsFile task before this one (entries with host)',
    }
  const [, where] = /unable to connect to (epmd \(port \d+\) on \S+): /.exec(text) ?? []
  if (where !== undefined)
    return {
      kind: 'port',
      otherwise: `the command line of this host can't connect to ${where}`,
      hint: 'look for a firewall on the host, and see whether epmd runs: epmd -names',
    }
  if (/unable to (perform an operation on|connect to) node/i.test(text))
    return {
      kind: 'cookie',
      otherwise:
        'the node rejects the command line of its own host: the node runs with another Erlang cookie than the one in the file',
      hint: 'set the cookie with an erlangCookie task before this one, and restart rabbitmq-server',
    }
  return {
    kind: 'other',
    otherwise: `the node does not answer questions from its own host${text && `: ${text.slice(0, 200)}`}`,
    hint: 'check its state with: systemctl status rabbitmq-server',
  }
}

/** A broker whose unit is masked can't be started again: it is not stopped. */
export function notMasked(unit: UnitState | Absent | Unknown): Requirement {
  return require('rabbitmq-server is not masked', isKnown(unit) ? unit?.masked !== true : unknown, {
    otherwise: "rabbitmq-server is masked, so it can't be started again after a stop",
    hint: 'find out why the unit was masked, then run: systemctl unmask rabbitmq-server',
    final: true,
  })
}

export function hasVhost(node: RabbitNode, name: string): boolean {
  return node.vhosts.some(vhost => vhost.name === name)
}

/** The requirement of every module that changes something in a vhost. */
export function vhostRequirement(name: string, node: RabbitNode | undefined): Requirement {
  return require(`there is a vhost ${name}`, node ? hasVhost(node, name) : unknown, {
    otherwise: `there is no vhost ${name}`,
    hint: 'add the vhost with a rabbitVhost task before this one',
  })
}
