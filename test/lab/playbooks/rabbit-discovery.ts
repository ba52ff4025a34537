import { play, playbook } from 'haq'
import { rabbitConf, rabbitJoin, service } from 'haq/modules'

/** Nodes that find each other at their first start, and a join that finds them so. */
export default playbook({
  name: 'Peer discovery',
  plays: ({ group }) => {
    const nodes = group('rabbit')
    return [
      play('nodes', { hosts: nodes }, () => [
        rabbitConf({ peerDiscovery: nodes, partitionHandling: 'autoheal' }),
        service({ name: 'rabbitmq-server', state: 'running' }),
      ]),
      play('cluster', { hosts: nodes.rest, serial: 1 }, () => [rabbitJoin({ seed: nodes.first })]),
    ]
  },
})
