import * as z from 'zod'
import { secret, unique, type Group, type Host, type PlaybookContext } from 'haq'

/** Where clients find a broker. */
export const port = 5672

/** Where a broker's host is asked for its health. */
export const healthPort = 5679

const address = z.ipv4({ error: 'takes an IPv4 address' })

/** What the playbooks of the cluster take from the inventory. */
export const clusterVars = z.object({
  vip: address,
  interface: z.string(),
  /** The running director with the highest one becomes master first; by the order of the inventory where it is left out. */
  priority: unique(z.int({ error: 'takes a whole number from 1 to 254' }).min(1).max(254)).optional(),
  cookie: secret(),
  vrrpPassword: secret().optional(),
  virtualRouterId: z.int().min(1).max(255).default(60),
  /** Seconds between VRRP adverts. Below 1 a director that dies is replaced within a second; there is no password then. */
  advertInt: z.number().min(0.05).max(60).default(1),
  vhost: z.string().default('cluster'),
  /** Balance by LVS (direct routing); without it keepalived only moves the VIP. The kernel needs ip_vs. */
  lvs: z.boolean().default(true),
  /** How a director that is also a real server is kept from balancing again what another one sent it. */
  lvsGuard: z.enum(['backup-only', 'mark']).default('backup-only'),
  /** What a broker does that loses sight of the others: as its number asks for, where it is left out. */
  partitionHandling: z.enum(['ignore', 'autoheal', 'pause_minority']).optional(),
  /**
   * Seconds, give or take a quarter, after which a node without a word counts as down. Few of them bring partitions where
   * hosts are busy.
   */
  netTicktime: z.int().min(5).max(3600).default(20),
  /**
   * Seconds after which a node counts as down whose host acknowledges nothing, as busy ones still do. Until then publishers
   * to its mirrored queues wait.
   */
  userTimeout: z.number().min(1).max(3600).default(5),
  /**
   * How a mirror that comes back gets what is in its queue (RabbitMQ 3.x). By itself, for which a long queue stands still a
   * while; or, manually, when somebody says so (playbooks/rolling-restart.ts does), until when one host has it all.
   */
  mirrorSync: z.enum(['automatic', 'manual']).default('automatic'),
  /** A service on each broker's host that runs while, and only while, that broker does. */
  taskProcessor: z
    .object({ name: z.string(), command: z.tuple([z.string()], z.string()), user: z.string() })
    .optional(),
})

export type ClusterVars = z.output<typeof clusterVars>
export type Node = Host<ClusterVars>

/** What playbooks take that look at how connections come to the brokers. */
export const balancerVars = clusterVars.pick({ vip: true, interface: true, lvs: true, lvsGuard: true }).shape

/** Which host does what. */
export interface Roles<V = Record<string, unknown>> {
  /** Those that run brokers. */
  readonly brokers: Group<V>
  /** The brokers that get clients: the real servers. */
  readonly servers: readonly Host<V>[]
  /** Those that may hold the VIP. */
  readonly directors: readonly Host<V>[]
}

/**
 * All do everything, unless the inventory has a group `directors`, or `tiebreakers` in the group `rabbit`: brokers that
 * get no clients, so that a small host is enough to make a majority.
 */
export function clusterHosts<V>({ group, findGroup }: PlaybookContext<V>): Roles<V> {
  const brokers = group('rabbit')
  const tiebreakers = findGroup('tiebreakers') ?? []
  const servers = brokers.filter(({ name }) => !tiebreakers.some(tiebreaker => tiebreaker.name === name))
  return { brokers, servers, directors: findGroup('directors') ?? servers }
}
