import * as z from 'zod'
import {
  debt,
  isKnown,
  require,
  sh,
  unknown,
  type Absent,
  type RabbitNode,
  type RabbitState,
  type Requirement,
  type Script,
  type Secret,
  type Unknown,
} from 'haq'

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

/** The node when its broker runs, and so can say what it holds. */
export function runningNode(state: RabbitState | Absent | Unknown): RabbitNode | undefined {
  return isKnown(state) && state?.state === 'up' && state.running ? state : undefined
}

/** What every module needs that asks or tells a broker something. */
export function runningRequirement(state: RabbitState | Absent | Unknown): Requirement {
  const refuses = isKnown(state) && state?.state === 'refusing'
  return require('the broker is running', isKnown(state) ? runningNode(state) !== undefined : unknown, {
    otherwise: refuses
      ? 'the node refuses its own command line: it runs with another Erlang cookie than the file holds'
      : 'the broker is not running',
    hint: refuses
      ? 'set the cookie by an erlangCookie task before this one'
      : 'start it by a service task before this one: service rabbitmq-server running',
  })
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
