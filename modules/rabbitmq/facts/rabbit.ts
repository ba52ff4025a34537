import * as z from 'zod'
import type { Absent, Fact } from 'haq'
import { askedFact, type Answer } from './rabbit-node.ts'

const policySchema = z
  .object({
    vhost: z.string(),
    name: z.string(),
    pattern: z.string(),
    'apply-to': z.string(),
    priority: z.number(),
    // A JSON text inside the JSON object.
    definition: z.string().transform(text => JSON.parse(text) as Readonly<Record<string, unknown>>),
  })
  .transform(({ 'apply-to': applyTo, ...policy }) => ({ ...policy, applyTo }))

const vhostSchema = z.object({
  name: z.string(),
  /** The type of a queue that is declared without a type, if the vhost has such a default. */
  defaultQueueType: z.string().nullable(),
  /** Limits such as max-queues. A limit that is not set is missing here. */
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
  /** Whether the broker runs inside the node: `rabbitmqctl stop_app` stops the broker and keeps the node up. */
  running: z.boolean(),
  /** Members of the cluster, including the node itself. */
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
  /** Plugins that run in the node. For each plugin: the running plugins that it needs. */
  plugins: z.record(z.string(), z.array(z.string())).default({}),
  /** Number of messages in all queues. Only for a node without a cluster, where joining a cluster would delete them. */
  messages: z.number().nullable().default(null),
})

export type RabbitNode = z.output<typeof nodeSchema>
export type RabbitPermissions = z.output<typeof permissionsSchema>
export type RabbitPolicy = z.output<typeof policySchema>
export type RabbitVhost = z.output<typeof vhostSchema>

/** The state of a RabbitMQ node, read with one call. */
export type RabbitState = Answer<RabbitNode>

/**
 * Everything that modules ask a node, in one Erlang expression: each call of the command line takes a second to start
 * the Erlang VM. Lists are sorted, so that the same contents always give the same text.
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
 * The RabbitMQ node of a host: its broker, its cluster, and the contents of the cluster. Absent if RabbitMQ is not
 * installed. The node is asked through `erl_call` (milliseconds) if the host has it, otherwise through `rabbitmqctl
 * eval`.
 *
 * @see rabbitmqctl(8), erl_call(1)
 */
export const rabbit: Fact<RabbitState | Absent> = askedFact('rabbit', question, nodeSchema)

/** Whether a node runs at least this version of RabbitMQ. */
export function isAtLeast(version: string, major: number, minor = 0): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number)
  return ownMajor > major || (ownMajor === major && ownMinor >= minor)
}
