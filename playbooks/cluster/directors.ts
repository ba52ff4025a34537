import { healthPath, type keepalivedConf } from 'haq/modules'
import { healthPort, port, type Node } from './vars.ts'

type Conf = Parameters<typeof keepalivedConf>[0]

/** The instance that moves the VIP. */
const instance = 'VI_1'

/** The check of the own broker, where the VIP is all there is to lead clients to a healthy one. */
const brokerCheck = 'broker'

/** Every director may be master: whoever holds the VIP balances over all brokers. */
export function directorConf(node: Node, directors: readonly Node[], brokers: readonly Node[]): Conf {
  const { interface: dev, virtualRouterId, lvs } = node.vars
  const balancesTwice = lvs && brokers.some(({ name }) => name === node.name) && directors.length > 1
  return {
    global: {
      routerId: node.name,
      ...(balancesTwice && { lvsSyncDaemon: { interface: dev, instance, id: virtualRouterId } }),
    },
    // Without weight: a director whose broker is sick gives the VIP away, whatever the priorities.
    scripts: lvs ? [] : [{ name: brokerCheck, script: healthPath, interval: 2, timeout: 5, fall: 2 }],
    instances: [vrrp(node, directors)],
    virtualServers: lvs ? [balanced(node, brokers)] : [],
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

/** A broker that answers nothing any more is out of the pool within four seconds. */
const check = { type: 'http', connectPort: healthPort, connectTimeout: 1, retry: 1, delayBeforeRetry: 0.5 } as const

function balanced({ vars: { vip } }: Node, brokers: readonly Node[]): NonNullable<Conf['virtualServers']>[number] {
  return {
    address: vip,
    port,
    lbAlgo: 'rr',
    lbKind: 'DR',
    delayLoop: 1,
    realServers: brokers.map(({ address }) => ({ address, port, check })),
  }
}
