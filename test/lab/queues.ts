import type { Site } from './site.ts'

/** Evaluates an Erlang expression on the node of a lab host. */
export function ask(site: Site, host: string, expression: string): Promise<string> {
  return site.on(
    host,
    `HOME=/var/lib/rabbitmq erl_call -sname rabbit@${host} -timeout 20 -e <<'END_OF_EXPRESSION'\n${expression}\nEND_OF_EXPRESSION`,
  )
}

/** Declares a durable queue in vhost cluster. @throws when it is refused */
export async function declare(site: Site, name: string, type: 'classic' | 'quorum' | 'stream'): Promise<void> {
  const said = await ask(
    site,
    'initiator',
    `rabbit_amqqueue:declare({resource, <<"cluster">>, queue, <<"${name}">>}, true, false,
       [{<<"x-queue-type">>, longstr, <<"${type}">>}], none, <<"haq">>).`,
  )
  if (!said.startsWith('{ok, {new')) throw new Error(said)
}

/** Publishes persistent messages to a queue of vhost cluster, with the tool of the release. @throws when refused */
export async function publish(site: Site, queue: string, count: number): Promise<void> {
  const said = await ask(
    site,
    'initiator',
    `X = {resource, <<"cluster">>, exchange, <<>>},
     Persistent = {'P_basic', undefined, undefined, undefined, 2, undefined, undefined, undefined, undefined, undefined,
                   undefined, undefined, undefined, undefined, undefined},
     Publish = case code:ensure_loaded(mc_amqpl) of
       {module, _} -> fun() ->
         {ok, Message} = mc_amqpl:message(X, <<"${queue}">>, rabbit_basic:build_content(Persistent, [<<"kept">>])),
         rabbit_queue_type:publish_at_most_once(X, Message) end;
       _ -> fun() -> rabbit_basic:publish(X, <<"${queue}">>, Persistent, <<"kept">>) end
     end,
     [Publish() || _ <- lists:seq(1, ${count})].`,
  )
  if (!said.startsWith('{ok, [ok')) throw new Error(said)
}
