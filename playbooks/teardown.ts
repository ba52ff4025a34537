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
import { clusterHosts, clusterVars, port } from './parts/cluster-vars.ts'
import { connectionMark } from './parts/directors.ts'

/** Undoes playbooks/cluster.ts. RabbitMQ's data stays, and a later cluster.ts finds it, unless `-e removeData=true`. */
export default playbook({
  name: 'Take the RabbitMQ cluster down',
  vars: clusterVars.pick({ vip: true, interface: true, taskProcessor: true }).extend({
    /** Remove queues, messages, users and the cookie too. */
    removeData: z.boolean().default(false),
  }),
  plays: context => {
    const { brokers, directors } = clusterHosts(context)
    return [
      // The virtual IP first, so that no client comes to a broker that is about to stop.
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
        hostsFile({ entries: brokers.map(({ address, name }) => ({ address, names: [name] })), state: 'absent' }),
      ]),
    ]
  },
})
