import * as z from 'zod'
import { absent, type Absent, type Fact } from '../core/fact.ts'
import { sh } from '../core/shell.ts'
import { secretFile } from './file.ts'
import { systemdUnit } from './systemd-unit.ts'

export const rabbitUnit = systemdUnit('rabbitmq-server.service')

/** The file that every node of a cluster must hold the same secret in. @see https://www.rabbitmq.com/docs/clustering */
export const erlangCookiePath = '/var/lib/rabbitmq/.erlang.cookie'
export const erlangCookieFile = secretFile(erlangCookiePath)

const policySchema = z
  .object({
    vhost: z.string(),
    name: z.string(),
    pattern: z.string(),
    'apply-to': z.string(),
    priority: z.number(),
    // A JSON text inside the JSON.
    definition: z.string().transform(text => JSON.parse(text) as Readonly<Record<string, unknown>>),
  })
  .transform(({ 'apply-to': applyTo, ...policy }) => ({ ...policy, applyTo }))

const vhostSchema = z.object({
  name: z.string(),
  /** The type of a queue that is declared without one, where the vhost says. */
  defaultQueueType: z.string().nullable(),
  /** Such as max-queues; what is not limited is not in it. */
  limits: z.record(z.string(), z.number()),
})

const permissionsSchema = z.object({
  user: z.string(),
  vhost: z.string(),
  configure: z.string(),
  write: z.string(),
  read: z.string(),
})

const nodeSchema = z.object({
  node: z.string(),
  version: z.string(),
  /** Whether the broker runs in the node: `rabbitmqctl stop_app` stops it and leaves the node up. */
  running: z.boolean(),
  /** Members of the cluster, the node itself among them. */
  disc: z.array(z.string()),
  ram: z.array(z.string()),
  /** Members whose broker runs. */
  up: z.array(z.string()),
  partitions: z.array(z.string()).default([]),
  vhosts: z.array(vhostSchema).default([]),
  users: z.array(z.object({ name: z.string(), tags: z.array(z.string()) })).default([]),
  permissions: z.array(permissionsSchema).default([]),
  policies: z.array(policySchema).default([]),
  operatorPolicies: z.array(policySchema).default([]),
  /** Plugins that run in the node, each with those of them that it needs. */
  plugins: z.record(z.string(), z.array(z.string())).default({}),
  /** Messages in all queues; only for a node that is alone, where joining a cluster would lose them. */
  messages: z.number().nullable().default(null),
})

export type RabbitNode = z.output<typeof nodeSchema>
export type RabbitPermissions = z.output<typeof permissionsSchema>
export type RabbitPolicy = z.output<typeof policySchema>
export type RabbitVhost = z.output<typeof vhostSchema>

/** A RabbitMQ node, as far as one call can tell. */
export type RabbitState =
  | { readonly state: 'stopped' }
  /** It runs, and the CLI tools of its own host can't talk to it. */
  | { readonly state: 'refusing'; readonly said: string }
  | ({ readonly state: 'up' } & RabbitNode)

/**
 * All that modules ask a node, in one Erlang expression: each call of the CLI costs a second of the BEAM's start. Lists
 * are sorted, so that a node that holds the same again says the same again.
 */
const question = `
Running = rabbit:is_running(),
{ok, Version} = application:get_key(rabbit, vsn),
Members = rabbit_mnesia:cluster_nodes(all),
Live = case Running of
  false -> #{};
  true ->
    VHosts = lists:sort(rabbit_vhost:list_names()),
    % Releases before 3.10 have no such item, and throw.
    Types = try [{N, T} || [{name, N}, {default_queue_type, T}] <- rabbit_vhost:info_all([name, default_queue_type])]
            catch _:_ -> [] end,
    Limits = rabbit_vhost_limit:list(),
    Plugins = rabbit_plugins:active(),
    #{partitions => rabbit_node_monitor:partitions(),
      vhosts => [#{name => V,
                   defaultQueueType => case proplists:get_value(V, Types) of T when is_binary(T) -> T; _ -> null end,
                   limits => maps:from_list(proplists:get_value(V, Limits, []))} || V <- VHosts],
      users => [#{name => proplists:get_value(user, U), tags => lists:sort(proplists:get_value(tags, U))}
                || U <- lists:sort(rabbit_auth_backend_internal:list_users())],
      permissions => [maps:from_list(P) || P <- lists:sort(rabbit_auth_backend_internal:list_permissions())],
      policies => [maps:from_list(P) || V <- VHosts, P <- lists:sort(rabbit_policy:list_formatted(V))],
      operatorPolicies => [maps:from_list(P) || V <- VHosts, P <- lists:sort(rabbit_policy:list_formatted_op(V))],
      plugins => maps:from_list([
        {P, case application:get_key(P, applications) of {ok, Needs} -> [N || N <- Needs, lists:member(N, Plugins)]; _ -> [] end}
        || P <- Plugins]),
      messages => case Members of
        [_] -> lists:sum([proplists:get_value(messages, Q, 0) || V <- VHosts, Q <- rabbit_amqqueue:info_all(V, [messages])]);
        _ -> null
      end}
end,
binary_to_list(base64:encode(rabbit_json:encode(Live#{
  node => node(), version => list_to_binary(Version), running => Running,
  disc => lists:sort(rabbit_mnesia:cluster_nodes(disc)), ram => lists:sort(rabbit_mnesia:cluster_nodes(ram)),
  up => lists:sort(rabbit_mnesia:cluster_nodes(running))}))).`

/**
 * Defines `ask_node`, which asks the node an Erlang expression through `erl_call`, in milliseconds: the answer is then in
 * `$said`. It fails where the node can't be asked in this way. The expression never stands in an argv. `node_is_up` says
 * whether it is worth to ask by the slower `rabbitmqctl`.
 *
 * @see erl_call(1), epmd(1)
 */
export const askNode = sh`ask_node() {
  # erl_call knows nothing of a node with a name of its own; rabbitmqctl does.
  if ! command -v erl_call >/dev/null || grep -qsE '^[^#]*(NODENAME|USE_LONGNAME)' /etc/rabbitmq/rabbitmq-env.conf; then
    return 1
  fi
  said=$(printf '%s\n' "$1" | HOME=/var/lib/rabbitmq erl_call -sname "rabbit@$(uname -n | cut -d. -f1)" -timeout 20 -e 2>&1)
  case $said in '{ok, '*) ;; *) return 1 ;; esac
}
node_is_up() { "$(command -v epmd || echo /usr/lib/erlang/bin/epmd)" -names 2>/dev/null | grep -q '^name rabbit'; }`

/**
 * The RabbitMQ node of a host: its broker, its cluster, and what the cluster holds; absent where RabbitMQ is not
 * installed. Asked through `erl_call` where the host has it, in milliseconds, else through `rabbitmqctl eval`.
 *
 * @see rabbitmqctl(8), erl_call(1)
 */
export const rabbit: Fact<RabbitState | Absent> = {
  key: 'rabbit',
  shared: true,
  dependsOn: [rabbitUnit, erlangCookieFile],
  script: sh`command -v rabbitmqctl >/dev/null || { echo absent; exit 0; }
question=${question}
${askNode}
if ask_node "$question"; then echo "up $said"; exit 0; fi
node_is_up || { echo stopped; exit 0; }
if said=$(LC_ALL=C.UTF-8 rabbitmqctl -q eval "$question" 2>&1); then echo "up $said"; else echo "refusing $said"; fi`,
  parse: stdout => {
    const [, state, said = ''] = /^(\S+) ?([^]*)$/.exec(stdout.trim()) ?? []
    switch (state) {
      case 'absent':
        return absent
      case 'stopped':
        return { state }
      case 'refusing':
        return { state, said: said.trim() }
      case 'up':
        return { state, ...parseNode(said) }
      default:
        throw new Error(`the script printed ${JSON.stringify(stdout)}`)
    }
  },
}

function parseNode(said: string): RabbitNode {
  const [, encoded] = /"([A-Za-z0-9+/=]+)"/.exec(said) ?? []
  if (encoded === undefined) throw new Error(`RabbitMQ said ${JSON.stringify(said)}`)
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  try {
    return nodeSchema.parse(JSON.parse(text))
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : cause instanceof Error ? cause.message : ''
    throw new Error(`RabbitMQ said ${JSON.stringify(text)}: ${why}`, { cause })
  }
}

/** Whether the RabbitMQ of a node is at least of a version. */
export function isAtLeast(version: string, major: number, minor = 0): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number)
  return ownMajor > major || (ownMajor === major && ownMinor >= minor)
}
