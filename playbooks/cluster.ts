import * as z from 'zod'
import {
  isAtLeast,
  isKnown,
  play,
  playbook,
  rabbit,
  secret,
  unique,
  type Absent,
  type Host,
  type RabbitState,
  type Unknown,
} from 'haq'
import {
  erlangCookie,
  haPolicy,
  hostsFile,
  keepalivedConf,
  loopbackVip,
  packages,
  rabbitApp,
  rabbitJoin,
  rabbitVhost,
  service,
  sysctlArp,
  verifyRabbitCluster,
  verifyVip,
} from 'haq/modules'

const port = 5672

const vars = z.object({
  vip: z.ipv4({ error: 'takes an IPv4 address' }),
  interface: z.string(),
  /** The running node with the highest one becomes director first. */
  priority: unique(z.int({ error: 'takes a whole number from 1 to 254' }).min(1).max(254)),
  cookie: secret(),
  vrrpPassword: secret().optional(),
  virtualRouterId: z.int().min(1).max(255).default(60),
  vhost: z.string().default('cluster'),
  /** Balance by LVS (direct routing); without it keepalived only moves the VIP. The kernel needs ip_vs. */
  lvs: z.boolean().default(true),
})

type Node = Host<z.output<typeof vars>>

/** RabbitMQ with mirrored queues (3.x) or quorum queues (from 4.0 on) on every host of the group `rabbit`, behind a virtual IP without a single point of failure. */
export default playbook({
  name: 'RabbitMQ behind LVS and keepalived',
  vars,
  plays: ({ group }) => {
    const nodes = group('rabbit')
    return [
      // First, so that the directors have found their master by the time when the brokers run.
      play('real servers', { hosts: nodes, tags: ['vip'] }, ({ vars: { vip, interface: dev } }) => [
        sysctlArp({ interfaces: [dev] }),
        loopbackVip({ vip }),
      ]),

      play('directors', { hosts: nodes, tags: ['vip'] }, node => [
        packages({ names: node.vars.lvs ? ['keepalived', 'ipvsadm'] : ['keepalived'] }),
        keepalivedConf(directorConf(node, nodes), { notify: [service({ name: 'keepalived', state: 'reloaded' })] }),
        service({ name: 'keepalived', state: 'running', enabled: true }),
      ]),

      play('brokers', { hosts: nodes, tags: ['rabbitmq'] }, node => [
        hostsFile({ entries: nodes.map(({ address, name }) => ({ address, names: [name] })) }),
        packages({ names: ['rabbitmq-server'] }),
        erlangCookie({ cookie: node.vars.cookie }),
        service({ name: 'rabbitmq-server', state: 'running', enabled: true }),
        rabbitApp({}),
      ]),

      play('cluster', { hosts: nodes.rest, serial: 1, tags: ['rabbitmq'] }, () => [rabbitJoin({ seed: nodes.first })]),

      // A cluster shares policies and vhosts: one node is told, all of them know.
      play(
        'queues',
        { hosts: nodes.slice(0, 1), tags: ['rabbitmq'], facts: { rabbit } },
        ({ vars: { vhost } }, { rabbit: broker }) => {
          // Mirrored queues end with RabbitMQ 3.x; from 4.0 on a queue is a quorum queue where nothing else is said.
          const mirrored = [
            haPolicy({ name: 'ha-all', pattern: '^', definition: { 'ha-mode': 'all' } }),
            rabbitVhost({ name: vhost }),
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

      play(
        'verify',
        { hosts: nodes, tags: ['verify'], facts: { rabbit } },
        ({ vars: { vip, interface: dev, vhost } }, { rabbit: broker }) => [
          verifyRabbitCluster({
            members: nodes,
            vhosts: [vhost],
            policies: isAtLeast(versionOf(broker) ?? '', 4) ? [] : ['ha-all'],
          }),
          verifyVip({ vip, interface: dev, hosts: nodes, port }),
        ],
      ),
    ]
  },
})

/** The release of a node that is up. */
function versionOf(broker: RabbitState | Absent | Unknown): string | undefined {
  return isKnown(broker) && broker?.state === 'up' ? broker.version : undefined
}

/** Every node may be director: whoever holds the VIP balances over all of them. */
function directorConf({ name, vars }: Node, nodes: readonly Node[]): Parameters<typeof keepalivedConf>[0] {
  const { vip, interface: dev, priority, virtualRouterId, vrrpPassword, lvs } = vars
  return {
    global: { routerId: name },
    instances: [
      {
        name: 'VI_1',
        // All of them BACKUP, so that a director that comes back does not take the VIP from the one that works.
        state: 'BACKUP',
        nopreempt: true,
        interface: dev,
        virtualRouterId,
        priority,
        ...(vrrpPassword && { authentication: { pass: vrrpPassword } }),
        virtualAddresses: [{ address: vip, prefix: 32, dev }],
      },
    ],
    virtualServers: lvs
      ? [
          {
            address: vip,
            port,
            lbAlgo: 'rr',
            lbKind: 'DR',
            realServers: nodes.map(({ address }) => ({ address, port, check: { type: 'tcp' } })),
          },
        ]
      : [],
  }
}
