import * as z from 'zod'
import { play, playbook } from 'haq'
import {
  brokerHealth,
  directory,
  hostsFile,
  keepalivedConf,
  loopbackVip,
  lvsBackupOnly,
  networkdKeeps,
  packages,
  rabbitConf,
  service,
  sysctlArp,
} from 'haq/modules'

/** Undoes playbooks/cluster.ts. RabbitMQ's data stays, and a later cluster.ts finds it, unless `-e removeData=true`. */
export default playbook({
  name: 'Take the RabbitMQ cluster down',
  vars: z.object({
    vip: z.ipv4({ error: 'takes an IPv4 address' }),
    interface: z.string(),
    /** Remove queues, messages, users and the cookie too. */
    removeData: z.boolean().default(false),
  }),
  plays: ({ group }) => {
    const nodes = group('rabbit')
    return [
      // The virtual IP first, so that no client comes to a broker that is about to stop.
      play('directors', { hosts: nodes }, () => [
        service({ name: 'keepalived', state: 'stopped', enabled: false }),
        keepalivedConf({ instances: [], state: 'absent' }),
        lvsBackupOnly({ state: 'absent' }),
        packages({ names: ['keepalived', 'ipvsadm'], state: 'absent' }),
      ]),
      play('real servers', { hosts: nodes }, ({ vars: { vip, interface: dev } }) => [
        loopbackVip({ vip, state: 'absent' }),
        sysctlArp({ interfaces: [dev], state: 'absent' }),
        networkdKeeps({ interface: dev, state: 'absent' }),
      ]),
      play('brokers', { hosts: nodes }, ({ vars: { removeData } }) => [
        brokerHealth({ state: 'absent' }),
        service({ name: 'rabbitmq-server', state: 'stopped', enabled: false }),
        packages({ names: ['rabbitmq-server'], state: 'absent' }),
        rabbitConf({ state: 'absent' }),
        ...(removeData ? [directory({ path: '/var/lib/rabbitmq', state: 'absent', recursive: true })] : []),
        hostsFile({ entries: nodes.map(({ address, name }) => ({ address, names: [name] })), state: 'absent' }),
      ]),
    ]
  },
})
