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
  vridUnclaimed,
} from 'haq/modules'
import { clusterHosts, clusterVars, healthPort, port } from './parts/cluster-vars.ts'
import { connectionMark, directorConf, guardOf, verifyDirectors } from './parts/directors.ts'
import { stopVars } from './parts/node.ts'
import { policiesOf, versionOf } from './parts/releases.ts'

/**
 * RabbitMQ with mirrored queues (3.x) or quorum queues (from 4.0 on) on every host of the group `rabbit`, behind a virtual
 * IP without a single point of failure. The brokers' hosts direct too, unless the inventory has a group `directors`;
 * those of a group `tiebreakers` in it get no clients.
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

      // Settings stand before the broker's first start, which then needs no other; later on one broker at a time takes them
      // up, when the others have what it has.
      play('brokers', { hosts: brokers, serialHandlers: 1, tags: ['rabbitmq'] }, node => {
        const { cookie, partitionHandling, netTicktime, userTimeout, acceptOutage, syncSeconds } = node.vars
        const poolSeconds = servers.includes(node) ? node.vars.poolSeconds : 0
        const notify = [rabbitRestart({ acceptOutage, syncSeconds, poolSeconds })]
        return [
          hostsFile({ entries: brokers.map(({ address, name }) => ({ address, names: [name] })) }),
          rabbitConf(
            { partitionHandling: partitionHandling ?? usualHandling(brokers.length), netTicktime },
            { notify },
          ),
          rabbitDistribution({ userTimeout }, { notify }),
          packages({ names: ['rabbitmq-server'] }),
          erlangCookie({ cookie }),
          service({ name: 'rabbitmq-server', state: 'running', enabled: true }),
          rabbitApp({}),
          brokerHealth({ port: healthPort, amqpPort: port }),
          ...(node.vars.taskProcessor && servers.includes(node) ? [taskProcessor(node.vars.taskProcessor)] : []),
        ]
      }),

      // Before the nodes join, so that the directors have found their master by the time when they have.
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

      play('cluster', { hosts: brokers.rest, serial: 1, tags: ['rabbitmq'] }, () => [
        rabbitJoin({ seed: brokers.first }),
      ]),

      // A cluster shares policies and vhosts: one node is told, all of them know.
      play(
        'queues',
        { hosts: brokers.slice(0, 1), tags: ['rabbitmq'], facts: { rabbit } },
        ({ vars: { vhost, mirrorSync } }, { rabbit: broker }) => {
          // Mirrored queues end with RabbitMQ 3.x; from 4.0 on a queue is a quorum queue where nothing else is said.
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
          // A check on a bare host can't know which it will be, and shows both.
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
 * Two nodes have no majority: the one that is left when the other one dies must go on, and after a partition autoheal
 * lets one side win. From three nodes on the smaller side stops, and nothing that was confirmed is lost.
 */
function usualHandling(nodes: number): 'autoheal' | 'pause_minority' {
  return nodes < 3 ? 'autoheal' : 'pause_minority'
}
