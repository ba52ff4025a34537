import * as z from 'zod'
import type { Absent, Fact } from 'haq'
import { askedFact, type Answer } from './rabbit-node.ts'

const conditionsSchema = z.object({
  node: z.string(),
  running: z.boolean(),
  /** Whether the node is in maintenance mode: it accepts no clients and leads no queues. */
  draining: z.boolean().default(false),
  /** Alarms on any node of the cluster, such as `memory on rabbit@a`. They block publishers. */
  alarms: z.array(z.string()).default([]),
  /** Stable feature flags that the whole cluster supports and that are not enabled. */
  disabledFlags: z.array(z.string()).default([]),
})

/** The operating state of a node. */
export type RabbitConditions = Answer<z.output<typeof conditionsSchema>>

const question = `
Running = rabbit:is_running(),
Word = fun(Format, Values) -> list_to_binary(io_lib:format(Format, Values)) end,
Live = case Running of false -> #{}; true ->
  #{draining => rabbit_maintenance:is_being_drained_local_read(node()),
    alarms => lists:usort([case A of {{resource_limit, S, N}, _} -> Word("~s on ~s", [S, N]); {S, _} -> Word("~w", [S]) end
                           || A <- rabbit_alarm:get_alarms()]),
    disabledFlags => lists:sort(maps:keys(rabbit_feature_flags:list(disabled, stable)))}
end,
binary_to_list(base64:encode(rabbit_json:encode(Live#{node => node(), running => Running}))).`

/**
 * Maintenance mode, alarms and feature flags of the RabbitMQ node of a host.
 *
 * @see rabbitmq-upgrade(8), rabbitmqctl(8)
 */
export const rabbitConditions: Fact<RabbitConditions | Absent> = askedFact(
  'rabbitConditions',
  question,
  conditionsSchema,
)
