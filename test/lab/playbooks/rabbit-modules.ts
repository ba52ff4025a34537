import * as z from 'zod'
import { play, playbook, Secret } from 'haq'
import {
  haPolicy,
  hostsFile,
  packages,
  rabbitConf,
  rabbitPermissions,
  rabbitPlugin,
  rabbitUser,
  rabbitVhost,
  service,
} from 'haq/modules'

/** Objects of a single broker; `state` is present or absent. */
export default playbook({
  name: 'RabbitMQ modules',
  vars: z.object({
    state: z.enum(['present', 'absent']).default('present'),
    queues: z.int().default(3),
    plugins: z.enum(['enabled', 'disabled']).default('enabled'),
    setting: z.string().default('log.file.level'),
    password: z.string().default(`CANARY's first`),
  }),
  plays: ({ group }) => {
    const nodes = group('rabbit').slice(0, 1)
    return [
      play('broker', { hosts: nodes, tags: ['broker'] }, node => [
        hostsFile({ entries: [{ address: node.address, names: [node.name] }] }),
        packages({ names: ['rabbitmq-server'] }),
        service({ name: 'rabbitmq-server', state: 'running' }),
      ]),
      play('users', { hosts: nodes, tags: ['users'] }, ({ vars: { state, password } }) => [
        rabbitUser({ name: 'guest', state: 'absent' }),
        rabbitVhost({ name: 'shop' }),
        rabbitUser({ name: 'ann', password: new Secret(password), tags: ['monitoring', 'management'], state }),
        ...(state === 'present'
          ? [rabbitPermissions({ user: 'ann', vhost: 'shop', configure: '^ann\\.', read: '.*' })]
          : []),
      ]),
      play('vhosts', { hosts: nodes, tags: ['vhosts'] }, ({ vars: { queues, password } }) => [
        rabbitUser({ name: 'seller', password: new Secret(password) }),
        rabbitVhost({ name: 'typed', defaultQueueType: 'quorum', limits: { maxQueues: queues } }),
        haPolicy({ name: 'odd', pattern: '^a\\\\.b$HOME`id`"$', definition: { 'max-length': 5 } }),
        haPolicy({
          name: 'bound',
          vhost: 'typed',
          operator: true,
          definition: { 'max-length': queues },
          applyTo: 'queues',
        }),
      ]),
      play('plugins', { hosts: nodes, tags: ['plugins'] }, ({ vars: { plugins } }) => [
        rabbitPlugin({ names: ['rabbitmq_event_exchange'], state: plugins }),
      ]),
      play('conf', { hosts: nodes, tags: ['conf'] }, ({ vars: { setting } }) => [
        rabbitConf({
          clusterName: 'shop',
          peerDiscovery: nodes,
          partitionHandling: 'autoheal',
          memoryHighWatermark: 0.5,
          diskFreeLimit: '50MB',
          listeners: ['5672'],
          heartbeat: 30,
          loopbackUsers: [],
          extra: { [setting]: 'info', default_pass: new Secret('CANARYconf') },
        }),
        service({ name: 'rabbitmq-server', state: 'running' }),
      ]),
    ]
  },
})
