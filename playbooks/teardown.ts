import * as z from 'zod'
import { play, playbook } from 'haq'
import {
  brokerHealth,
  directory,
  hostsFile,
  keepalivedConf,
  loopbackVip,
  lvsMark,
  networkdKeeps,
  packages,
  rabbitConf,
  rabbitDistribution,
  restartOnFailure,
  service,
  sysctlArp,
  sysctlLvs,
  taskProcessor,
} from 'haq/modules'
import { clusterHosts, clusterVars, hostEntries, port } from './parts/cluster-vars.ts'
import { connectionMark } from './parts/directors.ts'

/**
 * Removes what playbooks/cluster.ts has set up. RabbitMQ's data is kept for a later run of cluster.ts, unless you set
 * `-e removeData=true`.
 */
export default playbook({
  name: 'Remove the RabbitMQ cluster',
  vars: clusterVars.pick({ vip: true, interface: true, taskProcessor: true }).extend({
    /** Also delete queues, messages, users and the cookie. */
    removeData: z.boolean().default(false),
  }),
  plays: context => {
    const { brokers, directors } = clusterHosts(context)
    return [
      // The virtual IP goes first, so that no client connects to a broker that is about to stop.
      play('directors', { hosts: directors }, ({ name, vars: { vip, interface: dev } }) => {
        const peers = directors.filter(peer => peer.name !== name)
        const mark = { vip, port, mark: connectionMark, interface: dev, peers, state: 'absent' } as const
        return [
          service({ name: 'keepalived', state: 'stopped', enabled: false }),
          keepalivedConf({ instances: [], state: 'absent' }),
          restartOnFailure({ service: 'keepalived', state: 'absent' }),
          sysctlLvs({ state: 'absent' }),
          ...(peers.length > 0 ? [lvsMark(mark)] : []),
          networkdKeeps({ interface: dev, state: 'absent' }),
          packages({ names: ['keepalived', 'ipvsadm'], state: 'absent' }),
        ]
      }),
      play('real servers', { hosts: brokers }, ({ vars: { vip, interface: dev } }) => [
        loopbackVip({ vip, state: 'absent' }),
        sysctlArp({ interfaces: [dev], state: 'absent' }),
        networkdKeeps({ interface: dev, state: 'absent' }),
      ]),
      play('brokers', { hosts: brokers }, ({ vars: { taskProcessor: processor, removeData } }) => [
        ...(processor ? [taskProcessor({ ...processor, state: 'absent' })] : []),
        brokerHealth({ state: 'absent' }),
        service({ name: 'rabbitmq-server', state: 'stopped', enabled: false }),
        packages({ names: ['rabbitmq-server'], state: 'absent' }),
        rabbitConf({ state: 'absent' }),
        rabbitDistribution({ state: 'absent' }),
        ...(removeData ? [directory({ path: '/var/lib/rabbitmq', state: 'absent', recursive: true })] : []),
        hostsFile({ entries: hostEntries(brokers), state: 'absent' }),
      ]),
    ]
  },
})
