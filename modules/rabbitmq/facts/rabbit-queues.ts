import * as z from 'zod'
import type { Absent, Fact } from 'haq'
import { askedFact, type Answer } from './rabbit-node.ts'

const queueSchema = z.object({
  vhost: z.string(),
  name: z.string(),
  type: z.enum(['classic', 'mirrored', 'quorum', 'stream']),
  /** The node of the leader, which serves the clients. Null if there is no leader. */
  leader: z.string().nullable(),
  /** The nodes that have a copy of the queue. */
  members: z.array(z.string()),
  /** The members that are online and have all messages. */
  inSync: z.array(z.string()),
  /** Running nodes that should have a mirror according to the policy, but have none. */
  missing: z.array(z.string()),
})

const queuesSchema = z.object({
  node: z.string(),
  running: z.boolean(),
  /** Members of the cluster whose broker runs. */
  up: z.array(z.string()),
  queues: z.array(queueSchema).default([]),
})

export type RabbitQueue = z.output<typeof queueSchema>
export type RabbitQueues = Answer<z.output<typeof queuesSchema>>

const question = `
Running = rabbit:is_running(),
Up = lists:sort(rabbit_mnesia:cluster_nodes(running)),
% Classic mirrored queues end with RabbitMQ 3.x, and what is left of the module in 4.0 knows nothing of them.
HasMirrors = code:ensure_loaded(rabbit_mirror_queue_misc) =:= {module, rabbit_mirror_queue_misc}
             andalso erlang:function_exported(rabbit_mirror_queue_misc, is_mirrored, 1),
Alive = fun(Pid) when is_pid(Pid) -> rabbit_misc:is_process_alive(Pid); (_) -> false end,
Classic = fun(Q) ->
  Pid = amqqueue:get_pid(Q),
  IsUp = Alive(Pid),
  Own = [node(Pid) || is_pid(Pid)],
  Leader = case IsUp of true -> node(Pid); false -> null end,
  case HasMirrors andalso rabbit_mirror_queue_misc:is_mirrored(Q) of
    false -> #{type => classic, leader => Leader, members => Own, inSync => [N || N <- Own, IsUp], missing => []};
    true ->
      {_, Wanted} = rabbit_mirror_queue_misc:suggested_queue_nodes(Q),
      Mirrors = [node(P) || P <- amqqueue:get_slave_pids(Q)],
      #{type => mirrored, leader => Leader, members => lists:usort(Own ++ Mirrors),
        inSync => lists:usort([N || N <- Own, IsUp] ++ [node(P) || P <- amqqueue:get_sync_slave_pids(Q), Alive(P)]),
        missing => lists:sort([N || N <- Wanted, lists:member(N, Up)] -- (Own ++ Mirrors))}
  end end,
% A node that has just joined knows nothing of streams for a minute, and crashes where it is asked: others are.
InfoOn = fun InfoOn([N | Others], Module, Q) ->
    case rpc:call(N, Module, info, [Q, [leader, members, online]]) of
      {badrpc, _} -> InfoOn(Others, Module, Q);
      Found -> Found
    end;
  InfoOn([], _, _) -> []
end,
Replicated = fun(Module, Type, Q) ->
  Info = InfoOn([node() | Up -- [node()]], Module, Q),
  List = fun(Key) -> case proplists:get_value(Key, Info) of L when is_list(L) -> lists:usort(L); _ -> [] end end,
  Online = [N || N <- List(online), lists:member(N, Up)],
  Leader = case proplists:get_value(leader, Info) of L -> case lists:member(L, Online) of true -> L; false -> null end end,
  #{type => Type, leader => Leader, members => List(members), inSync => Online, missing => []} end,
Queues = case Running of false -> []; true -> lists:append([
  % What belongs to one connection ends with it.
  case rabbit_amqqueue:is_exclusive(Q) of true -> []; false ->
    {resource, VHost, queue, Name} = amqqueue:get_name(Q),
    State = case amqqueue:get_type(Q) of
      rabbit_classic_queue -> [Classic(Q)];
      rabbit_quorum_queue -> [Replicated(rabbit_quorum_queue, quorum, Q)];
      rabbit_stream_queue -> [Replicated(rabbit_stream_queue, stream, Q)];
      _ -> []
    end,
    [S#{vhost => VHost, name => Name} || S <- State]
  end || Q <- lists:sort(rabbit_amqqueue:list())]) end,
binary_to_list(base64:encode(rabbit_json:encode(#{node => node(), running => Running, up => Up, queues => Queues}))).`

/**
 * All queues of the cluster, as the node of a host sees them: where the copies of each queue are, and which copies are
 * complete. Exclusive queues are left out.
 *
 * @see rabbitmq-queues(8)
 */
export const rabbitQueues: Fact<RabbitQueues | Absent> = askedFact('rabbitQueues', question, queuesSchema)
