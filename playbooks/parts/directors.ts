import type { Host, Task } from 'haq'
import { healthPath, verifyLvs, verifyVip, type keepalivedConf } from 'haq/modules'
import { healthPort, port, type balancerVars, type ClusterVars, type Node, type Roles } from './cluster-vars.ts'

type Conf = Parameters<typeof keepalivedConf>[0]
type VirtualServer = NonNullable<Conf['virtualServers']>[number]

/** The instance that moves the VIP. */
const instance = 'VI_1'

/** The check of the own broker, where the VIP is all there is to lead clients to a healthy one. */
const brokerCheck = 'broker'

/** A host, as far as it takes to know how connections come to it. */
export type Balancer = Host<Pick<ClusterVars, keyof typeof balancerVars>>

/** The mark of connections that no other director sent. */
export const connectionMark = 1

/** How directors that are also real servers are kept from balancing again what another one sent them. */
export function guardOf({ vars }: Balancer, { directors, servers }: Roles): ClusterVars['lvsGuard'] | undefined {
  const areBoth = directors.some(({ name }) => servers.some(server => server.name === name))
  return vars.lvs && areBoth && directors.length > 1 ? vars.lvsGuard : undefined
}

/** Every director may be master: whoever holds the VIP balances over all real servers. */
export function directorConf(node: Node, roles: Roles<ClusterVars>): Conf {
  const { interface: dev, virtualRouterId, advertInt, lvs } = node.vars
  const guard = guardOf(node, roles)
  return {
    global: {
      routerId: node.name,
      // After a partition clients still know the MAC of the master that gives way.
      vrrpHigherPrioSendAdvert: true,
      // Where less than a second without an advert counts, whatever else is busy on the host (it boots) has to wait. A
      // vrrp_startup_delay would be worse: keepalived 2.2.7 becomes a second master after it, and both of them stay.
      ...(advertInt < 1 && { vrrpPriority: -20 }),
      ...(guard === 'backup-only' && { lvsSyncDaemon: { interface: dev, instance, id: virtualRouterId } }),
    },
    // Without weight: a director whose broker is sick gives the VIP away, whatever the priorities.
    scripts: lvs ? [] : [{ name: brokerCheck, script: healthPath, interval: 2, timeout: 5, fall: 2 }],
    instances: [vrrp(node, roles.directors)],
    virtualServers: lvs ? [balanced(node, roles.servers, guard === 'mark')] : [],
  }
}

function vrrp(node: Node, directors: readonly Node[]): NonNullable<Conf['instances']>[number] {
  const { vip, interface: dev, virtualRouterId, vrrpPassword, advertInt, lvs } = node.vars
  return {
    name: instance,
    // All of them BACKUP, so that a director that comes back does not take the VIP from the one that works.
    state: 'BACKUP',
    nopreempt: true,
    interface: dev,
    virtualRouterId,
    priority: node.vars.priority ?? 100 - directors.indexOf(node),
    advertInt,
    ...(advertInt < 1 ? { version: 3 as const } : vrrpPassword && { authentication: { pass: vrrpPassword } }),
    virtualAddresses: [{ address: vip, prefix: 32, dev }],
    trackScripts: lvs ? [] : [brokerCheck],
  }
}

function balanced({ vars: { vip, advertInt } }: Node, servers: readonly Node[], isMarked: boolean): VirtualServer {
  return {
    ...(isMarked ? { fwmark: connectionMark } : { address: vip, port }),
    lbAlgo: 'rr',
    lbKind: 'DR',
    delayLoop: Math.min(advertInt, 1),
    realServers: servers.map(({ address }) => ({
      address,
      ...(isMarked ? {} : { port }),
      checks: brokerChecks(advertInt < 1),
    })),
  }
}

/**
 * A host that is gone shows by its port, within four seconds, or within one where the directors are that quick too. The
 * broker's own word may take its time: where all hosts are busy, all of them would leave.
 */
function brokerChecks(isQuick: boolean): VirtualServer['realServers'][number]['checks'] {
  const patience = isQuick
    ? { connectTimeout: 0.3, retry: 1, delayBeforeRetry: 0.1 }
    : { connectTimeout: 1, retry: 1, delayBeforeRetry: 0.5 }
  return [
    { type: 'tcp', connectPort: port, ...patience },
    { type: 'http', connectPort: healthPort, connectTimeout: 5, retry: 1, delayBeforeRetry: 0.5 },
  ]
}

/** Fails unless one director holds the VIP, a broker answers on it, and LVS balances over all of them. */
export function verifyDirectors(node: Balancer, roles: Roles): readonly Task[] {
  const { vip, interface: dev } = node.vars
  return [
    verifyVip({ vip, interface: dev, hosts: roles.directors, port }),
    ...verifyBalance(node, roles, roles.servers),
  ]
}

/** Fails unless LVS, where it balances, leads clients to exactly those of the brokers. */
export function verifyBalance(node: Balancer, roles: Roles, servers: readonly Host[]): readonly Task[] {
  const { vip, interface: dev, lvs } = node.vars
  if (!lvs) return []
  const realServers = servers.map(({ address }) => address)
  const mark = guardOf(node, roles) === 'mark' ? { fwmark: connectionMark } : {}
  return [verifyLvs({ vip, interface: dev, directors: roles.directors, port, realServers, ...mark })]
}
