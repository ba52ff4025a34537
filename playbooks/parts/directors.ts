import type { Host, Task } from 'haq'
import { healthPath, verifyLvs, verifyVip, type keepalivedConf } from 'haq/modules'
import { healthPort, port, type balancerVars, type ClusterVars, type Node, type Roles } from './cluster-vars.ts'

type Conf = Parameters<typeof keepalivedConf>[0]
type VirtualServer = NonNullable<Conf['virtualServers']>[number]

/** The VRRP instance of the virtual IP. */
const instance = 'VI_1'

/**
 * The check of the director's own broker. It is used without LVS, where only the virtual IP leads clients to a healthy
 * broker.
 */
const brokerCheck = 'broker'

/** The part of a host that decides how connections reach it. */
export type Balancer = Host<Pick<ClusterVars, keyof typeof balancerVars>>

/** The firewall mark of connections that no other director has forwarded. */
export const connectionMark = 1

/**
 * How directors that are also real servers are stopped from balancing connections again that another director has
 * forwarded.
 */
export function guardOf({ vars }: Balancer, { directors, servers }: Roles): ClusterVars['lvsGuard'] | undefined {
  const areBoth = directors.some(({ name }) => servers.some(server => server.name === name))
  return vars.lvs && areBoth && directors.length > 1 ? vars.lvsGuard : undefined
}

/** Every director may become master: the holder of the virtual IP balances over all real servers. */
export function directorConf(node: Node, roles: Roles<ClusterVars>): Conf {
  const { interface: dev, virtualRouterId, advertInt, lvs } = node.vars
  const guard = guardOf(node, roles)
  return {
    global: {
      routerId: node.name,
      // After a partition, clients still have the MAC address of the master that becomes backup.
      vrrpHigherPrioSendAdvert: true,
      // With adverts more often than every second, VRRP must run before everything else on a busy host, for instance
      // during boot. A vrrp_startup_delay would be worse: keepalived 2.2.7 becomes a second master after the delay, and
      // both stay master.
      ...(advertInt < 1 && { vrrpPriority: -20 }),
      ...(guard === 'backup-only' && { lvsSyncDaemon: { interface: dev, instance, id: virtualRouterId } }),
    },
    // No weight: a director with an unhealthy broker gives up the virtual IP, whatever the priorities are.
    scripts: lvs ? [] : [{ name: brokerCheck, script: healthPath, interval: 2, timeout: 5, fall: 2 }],
    instances: [vrrp(node, roles.directors)],
    virtualServers: lvs ? [balanced(node, roles.servers, guard === 'mark')] : [],
  }
}

function vrrp(node: Node, directors: readonly Node[]): NonNullable<Conf['instances']>[number] {
  const { vip, interface: dev, virtualRouterId, vrrpPassword, advertInt, lvs } = node.vars
  return {
    name: instance,
    // All directors start as BACKUP, so that a returning director does not take the virtual IP from the current master.
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
 * The checks connect to the broker's port. They notice a dead host within four seconds, or within one second if
 * adverts are sent more often than every second. The health check of the broker may answer slowly: on busy hosts a
 * short timeout would remove all real servers.
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

/** Checks that one director holds the virtual IP, a broker answers on it, and LVS balances over all real servers. */
export function verifyDirectors(node: Balancer, roles: Roles): readonly Task[] {
  const { vip, interface: dev } = node.vars
  return [
    verifyVip({ vip, interface: dev, hosts: roles.directors, port }),
    ...verifyBalance(node, roles, roles.servers),
  ]
}

/** Checks that LVS, if used, balances over exactly these brokers. */
export function verifyBalance(node: Balancer, roles: Roles, servers: readonly Host[]): readonly Task[] {
  const { vip, interface: dev, lvs } = node.vars
  if (!lvs) return []
  const realServers = servers.map(({ address }) => address)
  const mark = guardOf(node, roles) === 'mark' ? { fwmark: connectionMark } : {}
  return [verifyLvs({ vip, interface: dev, directors: roles.directors, port, realServers, ...mark })]
}
