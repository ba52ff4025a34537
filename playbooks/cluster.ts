import { play, playbook } from 'haq'
import {
  isAtLeast,
  rabbit,
  brokerHealth,
  erlangCookie,
  haPolicy,
  hostsFile,
  keepalivedConf,
  loopbackVip,
  lvsMark,
  networkdKeeps,
  packages,
  rabbitApp,
  rabbitConf,
  rabbitDistribution,
  rabbitJoin,
  rabbitRestart,
  rabbitVhost,
  restartOnFailure,
  service,
  sysctlArp,
  sysctlLvs,
  taskProcessor,
  verifyRabbitCluster,
  verifyRabbitSeed,
  vridUnclaimed,
} from 'haq/modules'
import { clusterHosts, clusterVars, healthPort, hostEntries, port } from './parts/cluster-vars.ts'
import { connectionMark, directorConf, guardOf, verifyDirectors } from './parts/directors.ts'
import { stopVars } from './parts/node.ts'
import { policiesOf, versionOf } from './parts/releases.ts'
import { brokersOf, seedAmong } from './parts/seed.ts'

/**
 * Sets up RabbitMQ on all hosts of the group `rabbit`, behind a virtual IP without a single point of failure. Queues
 * are mirrored (RabbitMQ 3.x) or quorum queues (from 4.0 on). The hosts of the brokers are also the directors, unless
 * the inventory has a group `directors`. Brokers in the group `tiebreakers` get no clients.
 */
export default playbook({
  name: 'RabbitMQ behind LVS and keepalived',
  vars: clusterVars.extend(stopVars),
  plays: context => {
    const roles = clusterHosts(context)
    const { brokers, servers, directors } = roles
    return [
      play('real servers', { hosts: servers, tags: ['vip'] }, ({ vars: { vip, interface: dev } }) => [
        sysctlArp({ interfaces: [dev] }),
        loopbackVip({ vip }),
        networkdKeeps({ interface: dev }),
      ]),

      // The settings are written before the first start of the broker, so that it needs no restart. Later changes
      // restart one broker at a time, when the others have copies of its queues.
      play('brokers', { hosts: brokers, serialHandlers: 1, tags: ['rabbitmq'] }, node => {
        const { cookie, partitionHandling, netTicktime, userTimeout, acceptOutage, syncSeconds } = node.vars
        const poolSeconds = servers.includes(node) ? node.vars.poolSeconds : 0
        const notify = [rabbitRestart({ acceptOutage, syncSeconds, poolSeconds })]
        return [
          hostsFile({ entries: hostEntries(brokers) }),
          rabbitConf(
            { partitionHandling: partitionHandling ?? usualHandling(brokers.length), netTicktime },
            { notify },
          ),
          rabbitDistribution({ userTimeout }, { notify }),
          packages({ names: ['rabbitmq-server'] }),
          erlangCookie({ cookie }),
          service({ name: 'rabbitmq-server', state: 'running', enabled: true }),
          rabbitApp({}),
          brokerHealth({ port: healthPort, amqpPort: port, clustered: brokers.length > 1 }),
          ...(node.vars.taskProcessor && servers.includes(node) ? [taskProcessor(node.vars.taskProcessor)] : []),
        ]
      }),

      // Directors are configured before the nodes join. They have elected a master by the time the nodes have joined.
      play('directors', { hosts: directors, tags: ['vip'] }, node => {
        const { vip, interface: dev, virtualRouterId, advertInt, lvs } = node.vars
        const guard = guardOf(node, roles)
        const peers = directors.filter(({ name }) => name !== node.name)
        const mark = { vip, port, mark: connectionMark, interface: dev, peers }
        return [
          packages({ names: ['keepalived', ...(lvs ? ['ipvsadm'] : []), ...(guard === 'mark' ? ['iptables'] : [])] }),
          networkdKeeps({ interface: dev }),
          ...(lvs ? [sysctlLvs({ backupOnly: guard === 'backup-only' })] : []),
          ...(guard === 'mark' ? [lvsMark(mark)] : []),
          vridUnclaimed({ interface: dev, virtualRouterId, advertInt, peers: directors.map(({ address }) => address) }),
          keepalivedConf(directorConf(node, roles), {
            notify: [service({ name: 'keepalived', state: 'reloaded' })],
          }),
          restartOnFailure({ service: 'keepalived' }),
          service({ name: 'keepalived', state: 'running', enabled: true }),
        ]
      }),

      // The others join the node that has the data, which need not be the first one: hosts are reinstalled.
      play(
        'cluster',
        { hosts: brokers, serial: 1, anyErrorsFatal: true, tags: ['rabbitmq'], facts: brokersOf(brokers) },
        (node, states) => {
          const seed = seedAmong(brokers, states)
          return node.name === seed.name ? [verifyRabbitSeed({ members: brokers })] : [rabbitJoin({ seed })]
        },
      ),

      // All nodes of a cluster share policies and vhosts, so one node is enough.
      play(
        'queues',
        { hosts: brokers.slice(0, 1), tags: ['rabbitmq'], facts: { rabbit } },
        ({ vars: { vhost, mirrorSync } }, { rabbit: broker }) => {
          // RabbitMQ 3.x is the last release with mirrored queues. From 4.0 on, queues are quorum queues by default in
          // these vhosts.
          const mirrored = [
            rabbitVhost({ name: vhost }),
            ...['/', vhost].map(name =>
              haPolicy(
                {
                  name: 'ha-all',
                  vhost: name,
                  pattern: '^',
                  definition: { 'ha-mode': 'all', 'ha-sync-mode': mirrorSync },
                },
                { name: `haPolicy ha-all in ${name}` },
              ),
            ),
          ]
          const quorum = ['/', vhost].map(name =>
            rabbitVhost({ name, defaultQueueType: 'quorum' }, { name: `rabbitVhost ${name} with quorum queues` }),
          )
          const version = versionOf(broker)
          // A check of a bare host does not know the version yet, and shows both variants.
          if (version === undefined) return [...mirrored, ...quorum]
          return isAtLeast(version, 4) ? quorum : mirrored
        },
      ),

      play('verify', { hosts: brokers, tags: ['verify'], facts: { rabbit } }, (node, { rabbit: broker }) => [
        verifyRabbitCluster({
          members: brokers,
          vhosts: [node.vars.vhost],
          policies: policiesOf(broker),
        }),
        ...verifyDirectors(node, roles),
      ]),
    ]
  },
})

/**
 * Two nodes have no majority. If one dies, the other one must continue, and after a partition autoheal lets one side
 * win. With three nodes or more, the smaller side of a partition stops, and no confirmed message is lost.
 */
function usualHandling(nodes: number): 'autoheal' | 'pause_minority' {
  return nodes < 3 ? 'autoheal' : 'pause_minority'
}
