import * as z from 'zod'
import {
  debt,
  defineModule,
  isKnown,
  lines,
  predict,
  require,
  run,
  settle,
  sh,
  unknown,
  type Requirement,
  type Script,
} from 'haq'
import { rabbit, type RabbitNode } from './facts/rabbit.ts'
import { rabbitQueues } from './facts/rabbit-queues.ts'
import { healthPath, switchFolder, switchPath } from './brokerHealth/paths.ts'
import { patience, stopRequirements } from './shared/can-stop.ts'
import { membersOf } from './shared/join-requirements.ts'
import { rabbitmqUpgrade, runningNode } from './shared/node.ts'
import { attempt, debtName } from '../system/service.ts'

const owedRestart = debtName({ name: 'rabbitmq-server', state: 'restarted' })

/** Why the host is out of the pool meanwhile. */
const reason = 'restart for a change'

/** Seconds for a broker that has just started to count as healthy. */
const healthyWithin = 60

/**
 * A handler that restarts a broker which runs so that clients notice as little as can be: it waits until all other members
 * are up and have what is in the queues, keeps new clients away, has what the node leads led by others, restarts it, and
 * gives it clients again. A quorum queue of two members is out of service meanwhile, whatever one does. It fails, and the
 * restart stays owed, where another member is down or a mirrored queue has its only synchronised copy here. Give its play
 * `serialHandlers: 1`. A broker that is stopped reads its settings when it starts, and is left alone.
 *
 * It pays what `service({ name: 'rabbitmq-server', state: 'restarted' })` owes, which restarts without a question.
 *
 * @see rabbitmq-upgrade(8), drain; rabbitmq-queues(8), check_if_node_is_quorum_critical
 */
export const rabbitRestart = defineModule({
  name: 'rabbitRestart',
  summary: 'Restart a RabbitMQ node as a handler: drained, out of the pool, and only while the others have its queues',
  params: z.object({
    acceptOutage: z
      .boolean()
      .default(false)
      .describe('restart it also where another member is down or has not got what is in the queues'),
    syncSeconds: z
      .int()
      .min(0)
      .max(86_400)
      .default(600)
      .describe('seconds that mirrored queues are given to be in sync on another member'),
    poolSeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(0)
      .describe(
        'seconds that load balancers take to notice that the host is out of the pool, or in it again; 0 for one that is in none. It needs brokerHealth',
      ),
  }),
  debt: () => owedRestart,
  facts: () => ({ owed: debt(owedRestart), state: rabbit, queues: rabbitQueues }),
  plan: ({ acceptOutage, syncSeconds, poolSeconds }, { owed, state, queues }) => {
    if (owed === false) return []
    // Nobody leads the clients and queues of a node that is alone, and one whose broker is stopped has no clients.
    const node = runningNode(state)
    const hasOthers = isKnown(state) ? node !== undefined && membersOf(node).length > 1 : true
    const isPooled = hasOthers && poolSeconds > 0
    const stop = { acceptOutage, acceptPairs: true, forGood: false, forMirrors: syncSeconds }
    return [
      ...(hasOthers ? [othersUp(node, acceptOutage), ...stopRequirements(queues, stop)] : []),
      run({
        change: { what: 'broker', from: 'not yet with the change', to: 'restarted if it runs' },
        script: lines(
          sh`if systemctl is-active -q rabbitmq-server; then`,
          ...(isPooled ? [leavePool(poolSeconds)] : []),
          ...(hasOthers ? [sh`${rabbitmqUpgrade} drain || exit 1`] : []),
          attempt('restart', 'rabbitmq-server'),
          ...(isPooled ? [comeBack(poolSeconds)] : []),
          sh`fi`,
          settle(owedRestart),
        ),
        undo: { impossible: "a restart can't be undone" },
        predicts: [predict(debt(owedRestart), false)],
      }),
    ]
  },
})

function othersUp(node: RabbitNode | undefined, acceptOutage: boolean): Requirement {
  const down = node ? membersOf(node).filter(name => !node.up.includes(name)) : []
  const isMet = node ? down.length === 0 || acceptOutage : unknown
  return require('the other members of the cluster are up', isMet, {
    otherwise: `these members of the cluster are down: ${down.join(', ')}`,
    hint: 'start them, or have them forgotten (playbooks/remove-node.ts); -e acceptOutage=true goes on in spite of it',
    within: patience,
  })
}

/** A host that somebody has taken out stays out, with their reason. */
function leavePool(seconds: number): Script {
  return sh`[ -e ${switchPath} ] || (umask 022; mkdir -p ${switchFolder} && echo ${reason} >${switchPath}) || exit 1
sleep ${seconds}`
}

/** The host after this one leaves only when clients come here again. */
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
