import * as z from 'zod'
import { secret, unique, type Group, type Host, type PlaybookContext } from 'haq'
import type { hostsFile } from 'haq/modules'

/** The port on which clients connect to a broker. */
export const port = 5672

/** The port of the health check on a broker's host. */
export const healthPort = 5679

const address = z.ipv4({ error: 'takes an IPv4 address' })

/** The variables that the playbooks of the cluster read from the inventory. */
export const clusterVars = z.object({
  vip: address,
  interface: z.string(),
  /**
   * VRRP priority. The running director with the highest priority becomes master. Left out, the order of the inventory
   * decides.
   */
  priority: unique(z.int({ error: 'takes a whole number from 1 to 254' }).min(1).max(254)).optional(),
  cookie: secret(),
  vrrpPassword: secret().optional(),
  virtualRouterId: z.int().min(1).max(255).default(60),
  /**
   * Seconds between VRRP adverts. Below 1, a dead director is replaced within a second, but no password is possible.
   */
  advertInt: z.number().min(0.05).max(60).default(1),
  vhost: z.string().default('cluster'),
  /**
   * Balance with LVS (direct routing), for which the kernel needs ip_vs. Without LVS, keepalived only moves the
   * virtual IP.
   */
  lvs: z.boolean().default(true),
  /**
   * How to stop a director that is also a real server from balancing connections again that another director has
   * forwarded.
   */
  lvsGuard: z.enum(['backup-only', 'mark']).default('backup-only'),
  /** What a broker does when it loses contact with the others. Left out, the number of brokers decides. */
  partitionHandling: z.enum(['ignore', 'autoheal', 'pause_minority']).optional(),
  /**
   * Seconds (plus or minus a quarter) after which a silent node counts as down. A low value causes partitions on busy
   * hosts.
   */
  netTicktime: z.int().min(5).max(3600).default(20),
  /**
   * Seconds after which a node counts as down if its host acknowledges no packets; a busy host still acknowledges
   * them. Until then, publishers to mirrored queues wait.
   */
  userTimeout: z.number().min(1).max(3600).default(5),
  /**
   * How a returning mirror gets the messages of its queue (RabbitMQ 3.x). `automatic`: at once, but a long queue is
   * blocked meanwhile. `manual`: when an operator or playbooks/rolling-restart.ts synchronises it; until then, only
   * one host has all messages.
   */
  mirrorSync: z.enum(['automatic', 'manual']).default('automatic'),
  /** A service on each broker's host that runs exactly while the broker runs. */
  taskProcessor: z
    .object({ name: z.string(), command: z.tuple([z.string()], z.string()), user: z.string() })
    .optional(),
})

export type ClusterVars = z.output<typeof clusterVars>
export type Node = Host<ClusterVars>

/** The variables of playbooks that check how connections reach the brokers. */
export const balancerVars = clusterVars.pick({ vip: true, interface: true, lvs: true, lvsGuard: true }).shape

/** The roles of the hosts. */
export interface Roles<V = Record<string, unknown>> {
  /** The hosts that run brokers. */
  readonly brokers: Group<V>
  /** The brokers that get clients: the real servers. */
  readonly servers: readonly Host<V>[]
  /** The hosts that may hold the virtual IP. */
  readonly directors: readonly Host<V>[]
}

/**
 * All hosts have all roles, with two exceptions. If the inventory has a group `directors`, only its hosts are
 * directors. If it has a group `tiebreakers` inside `rabbit`, its brokers get no clients, so a small host is enough to
 * form a majority.
 */
export function clusterHosts<V>({ group, findGroup }: PlaybookContext<V>): Roles<V> {
  const brokers = group('rabbit')
  const tiebreakers = findGroup('tiebreakers') ?? []
  const servers = brokers.filter(({ name }) => !tiebreakers.some(tiebreaker => tiebreaker.name === name))
  return { brokers, servers, directors: findGroup('directors') ?? servers }
}

/** The lines for /etc/hosts by which the nodes find each other: the names of the inventory, and those of the hosts themselves. */
export function hostEntries(brokers: readonly Host[]): Parameters<typeof hostsFile>[0]['entries'] {
  return brokers.map(host => ({ address: host.address, names: [host.name], host }))
}
