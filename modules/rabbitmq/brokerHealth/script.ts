import { sh } from 'haq'
import { nodeNaming } from '../facts/rabbit-node.ts'
import { switchPath } from './paths.ts'

/**
 * How a node judges its own health. The answer is `healthy`, or the reason why no clients may be sent to the node. The
 * expression asks no other node, because one node that hangs would then make all nodes unhealthy. RabbitMQ may read
 * the maintenance state from another node; therefore the expression looks at the listeners, which maintenance mode
 * suspends.
 *
 * After a partition each side counts its members, so that not both sides leave the pool. The larger side stays. Of two
 * equal sides, the one with the alphabetically first node stays. A node with an alarm leaves the pool if another node
 * can serve its clients. If all nodes have an alarm, all stay, because consumers must be able to connect to end the
 * alarm.
 *
 * A node that is alone, without queues, and without users but guest, has been installed anew or has not yet joined. If
 * there are other brokers, its clients belong there.
 */
const question = (port: number, clustered: boolean): string => `
Judge = fun() ->
  Node = node(),
  Listeners = [rabbit_networking:ranch_ref(element(5, L), element(6, L)) || L <- rabbit_networking:node_listeners(Node),
               element(6, L) =:= ${port}, lists:member(element(3, L), [amqp, 'amqp/ssl'])],
  Suspended = lists:all(fun(L) -> ranch:get_status(L) =:= suspended end, Listeners),
  Others = rabbit_node_monitor:partitions(),
  Own = lists:usort([Node | mnesia:system_info(running_db_nodes)]) -- Others,
  Stays = Others =:= [] orelse length(Own) > length(Others)
          orelse (length(Own) =:= length(Others) andalso lists:min(Own) < lists:min(Others)),
  Alarms = [{S, N} || {{resource_limit, S, N}, _} <- rabbit_alarm:get_alarms()],
  Mine = lists:usort([atom_to_list(S) || {S, N} <- Alarms, N =:= Node]),
  Free = Own -- [N || {_, N} <- Alarms],
  IsNew = ${clustered} andalso rabbit_mnesia:cluster_nodes(all) =:= [Node] andalso rabbit_amqqueue:list() =:= []
          andalso [] =:= [U || U <- rabbit_auth_backend_internal:list_users(), proplists:get_value(user, U) =/= <<"guest">>],
  if Listeners =:= [] -> "no AMQP listener on port ${port}";
     Suspended -> "the node is in maintenance";
     not Stays -> "partitioned from " ++ lists:flatten(lists:join(", ", [atom_to_list(N) || N <- lists:sort(Others)]));
     Mine =/= [] andalso Free =/= [] -> "alarm: " ++ lists:flatten(lists:join(", ", Mine));
     IsNew -> "the node is empty and in no cluster";
     true -> "healthy"
  end
end,
case rabbit:is_running() of true -> Judge(); false -> "the broker is stopped" end.`

/**
 * The health check. It prints the reason and exits with 0 or 1. With `--http` it answers an HTTP request on standard
 * input.
 * @param port AMQP port, 1 to 65535
 * @param clustered whether there are other brokers
 */
export function healthScript(port: number, clustered: boolean): string {
  return sh`#!/bin/sh
# Managed by haq (brokerHealth). Says whether clients may be sent to the broker of this host: exit status 0 when they may.
# With --http it reads a request from standard input and answers it.

${nodeNaming}

ask() {
  name_node
  # A name of its own: a node refuses the second of two that ask at once under one name, such as two directors' checks.
  printf '%s\n' ${question(port, clustered)} | HOME=/var/lib/rabbitmq timeout 2 erl_call -h "haq-health-$$" "$kind" "$node" -e 2>/dev/null
}

judge() {
  if [ -e ${switchPath} ]; then
    reason="out of the pool: $(head -n 1 ${switchPath})"
  elif ! command -v erl_call >/dev/null; then
    reason='erl_call is not installed'
  else
    reason=$(ask | sed -n 's/^{ok, "\(.*\)"}.*/\1/p')
    [ -n "$reason" ] || reason='the node does not answer'
  fi
  [ "$reason" = healthy ]
}

if [ "$1" != --http ]; then
  judge
  code=$?
  printf '%s\n' "$reason"
  exit $code
fi

# A connection that ends before its request was read would be reset, and the answer lost.
end=$(printf '\r')
while IFS= read -r line && [ -n "$line" ] && [ "$line" != "$end" ]; do :; done
if judge; then status='200 OK'; else status='503 Service Unavailable'; fi
printf 'HTTP/1.0 %s\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n%s\n' "$status" "$reason"
`.reveal()
}
