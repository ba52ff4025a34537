import * as z from 'zod'
import {
  isPending,
  defineModule,
  isKnown,
  lines,
  predict,
  require,
  clearPending,
  sh,
  unknown,
  type Requirement,
  type Script,
} from 'haq'
import { rabbitUnit } from './facts/rabbit-node.ts'
import { rabbit, type RabbitNode } from './facts/rabbit.ts'
import { rabbitQueues } from './facts/rabbit-queues.ts'
import { healthPath, switchFolder, switchPath } from './brokerHealth/paths.ts'
import { patience, stopRequirements } from './shared/can-stop.ts'
import { membersOf } from './shared/membership.ts'
import { notMasked, rabbitmqUpgrade, runningNode } from './shared/node.ts'
import { runRabbit } from './shared/reason.ts'
import { attempt } from '../system/attempt.ts'
import { pendingHandlerName } from '../system/service.ts'

const pendingRestart = pendingHandlerName({ name: 'rabbitmq-server', state: 'restarted' })

/** The reason shown while the host is out of the pool. */
const reason = 'restart for a change'

/** Seconds until a broker that has just started counts as healthy. */
const healthyWithin = 60

/**
 * A handler that restarts a running broker with as little effect on clients as possible. It waits until all other
 * members are up and have a copy of all queues. Then it takes the host out of the pool, moves the leaders of queues to
 * other nodes, restarts the broker, and puts the host back into the pool. A quorum queue with two members is always
 * unavailable during the restart. The handler fails, and stays pending, if another member is down or if a mirrored
 * queue has its only synchronised mirror on this node. Set `serialHandlers: 1` in the play. A stopped broker is not
 * started: it reads its settings at its next start.
 *
 * A run of this handler also counts as the run of a pending `service({ name: 'rabbitmq-server', state: 'restarted'
 * })`, which restarts the broker without any of these checks.
 *
 * @see rabbitmq-upgrade(8), drain; rabbitmq-queues(8), check_if_node_is_quorum_critical
 *
 * @example
 * ```ts
 * rabbitConf(
 *   { heartbeat: 30 },
 *   { notify: [rabbitRestart({ syncSeconds: 300 })] },
 * )
 * ```
 */
export const rabbitRestart = defineModule({
  name: 'rabbitRestart',
  summary: 'Restart a RabbitMQ node as a handler: drained, out of the pool, and only while the others have its queues',
  params: z.object({
    acceptOutage: z
      .boolean()
      .default(false)
      .describe('restart even if another member is down or does not have all messages'),
    syncSeconds: z
      .int()
      .min(0)
      .max(86_400)
      .default(600)
      .describe('seconds to wait until mirrored queues are synchronised on another member'),
    poolSeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(0)
      .describe(
        'seconds until load balancers notice that the host has left the pool or is back in it; 0 if there is no load balancer. Needs brokerHealth',
      ),
  }),
  handlerId: () => pendingRestart,
  facts: () => ({ pending: isPending(pendingRestart), unit: rabbitUnit, state: rabbit, queues: rabbitQueues }),
  plan: ({ acceptOutage, syncSeconds, poolSeconds }, { pending, unit, state, queues }) => {
    if (pending === false) return []
    // A node without a cluster can't hand over clients and queues. A node with a stopped broker has no clients.
    const node = runningNode(state)
    const hasOthers = isKnown(state) ? node !== undefined && membersOf(node).length > 1 : true
    const isPooled = hasOthers && poolSeconds > 0
    const stop = { acceptOutage, acceptPairs: true, forGood: false, forMirrors: syncSeconds }
    // The script leaves a stopped broker alone.
    const mustStart = !isKnown(unit) || unit?.active !== false
    return [
      ...(mustStart ? [notMasked(unit)] : []),
      ...(hasOthers ? [othersUp(node, acceptOutage), ...stopRequirements(queues, stop)] : []),
      runRabbit({
        change: { what: 'broker', from: 'not yet with the change', to: 'restarted if it runs' },
        script: lines(
          sh`if systemctl is-active -q rabbitmq-server; then`,
          ...(isPooled ? [leavePool(poolSeconds)] : []),
          ...(hasOthers ? [drain(isPooled)] : []),
          attempt('restart', 'rabbitmq-server'),
          ...(isPooled ? [comeBack(poolSeconds)] : []),
          sh`fi`,
          clearPending(pendingRestart),
        ),
        undo: { impossible: "a restart can't be undone" },
        predicts: [predict(isPending(pendingRestart), false)],
      }),
    ]
  },
})

function othersUp(node: RabbitNode | undefined, acceptOutage: boolean): Requirement {
  const down = node ? membersOf(node).filter(name => !node.up.includes(name)) : []
  const isMet = node ? down.length === 0 || acceptOutage : unknown
  return require('all other members of the cluster are up', isMet, {
    otherwise: `these members of the cluster are down: ${down.join(', ')}`,
    hint: 'start them, or remove them from the cluster (playbooks/remove-node.ts); -e acceptOutage=true restarts the node in spite of this',
    within: patience,
  })
}

/** A host that somebody else has taken out of the pool stays out, with the original reason. */
function leavePool(seconds: number): Script {
  return sh`[ -e ${switchPath} ] || (umask 022; mkdir -p ${switchFolder} && echo ${reason} >${switchPath}) || exit 1
sleep ${seconds}`
}

/** A broker that can't be drained goes on as it was. */
function drain(isPooled: boolean): Script {
  const back = isPooled
    ? sh`if [ "$(cat ${switchPath} 2>/dev/null)" = ${reason} ]; then rm -f ${switchPath}; fi`
    : sh`:`
  return sh`${rabbitmqUpgrade} drain || { ${rabbitmqUpgrade} revive >/dev/null 2>&1; ${back}; exit 1; }`
}

/** Wait until clients are sent to this host again, before the next host leaves the pool. */
function comeBack(seconds: number): Script {
  return sh`if [ "$(cat ${switchPath} 2>/dev/null)" = ${reason} ]; then
rm -f ${switchPath}
left=${healthyWithin}
until health=$(${healthPath}); do
  left=$((left - 1))
  [ "$left" -gt 0 ] || { echo "restarted, but not healthy: $health" >&2; exit 1; }
  sleep 1
done
sleep ${seconds}
fi`
}
