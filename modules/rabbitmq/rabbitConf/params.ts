import * as z from 'zod'
import { hostRef, presence, secret, type Secret } from 'haq'

/** A fraction or a multiple of the memory, or a size in bytes. */
function amountSchema(error: string, max?: number) {
  const part = z.number({ error }).gt(0, { error })
  const size = z.string().regex(/^\d+(\.\d+)?([kKmMgGtT]i?B?)?$/, { error })
  return z.union([max === undefined ? part : part.max(max, { error }), size], { error })
}

const oneLine = /^(?! )[^\0-\x1f#]+(?<! )$/
const lineError =
  'takes text or a secret: one line, without spaces at either end, and without #, which starts a comment'
const line = z.union(
  [
    z.string().regex(oneLine, { error: lineError }),
    secret().refine(value => oneLine.test(value.reveal()), { error: lineError }),
  ],
  { error: lineError },
)

export const params = z
  .object({
    peerDiscovery: z
      .array(hostRef())
      .min(1)
      .readonly()
      .optional()
      .describe(
        'all hosts of the cluster; at their first start, their nodes find each other by this list (classic_config)',
      ),
    clusterName: z
      .string()
      .regex(/^[\w.@-]+$/, { error: 'takes letters, digits, dots, dashes, underscores and @' })
      .optional()
      .describe('the name of the cluster'),
    partitionHandling: z
      .enum(['ignore', 'autoheal', 'pause_minority'])
      .optional()
      .describe('what nodes do when they lose contact with the others; pause_minority needs at least three nodes'),
    netTicktime: z
      .int()
      .min(5)
      .max(3600)
      .optional()
      .describe("seconds (plus or minus a quarter) after which a silent node counts as down; RabbitMQ's default is 60"),
    defaultQueueType: z
      .enum(['classic', 'quorum', 'stream'])
      .optional()
      .describe(
        'the type of queues that are declared without a type, in vhosts without a default queue type; needs RabbitMQ 4.0',
      ),
    memoryHighWatermark: amountSchema('takes a fraction of the memory from 0 to 1, or a size such as 2GB', 1)
      .optional()
      .describe('memory use at which publishers are blocked: a fraction of the memory, or a size such as 2GB'),
    diskFreeLimit: amountSchema('takes a multiple of the memory, or a size such as 2GB')
      .optional()
      .describe('free disk space below which publishers are blocked: a multiple of the memory, or a size such as 2GB'),
    listeners: z
      .array(
        z.string().regex(/^([\w.:[\]-]+:)?\d{1,5}$/, {
          error: 'takes a port, or an address and a port, such as 127.0.0.1:5672',
        }),
      )
      .optional()
      .describe(
        'where the broker listens for AMQP without TLS: ports, or addresses with ports; an empty list means nowhere',
      ),
    heartbeat: z
      .int()
      .min(0)
      .max(65_535)
      .optional()
      .describe('seconds between heartbeats, as offered to clients; 0 disables heartbeats'),
    loopbackUsers: z
      .array(z.string().regex(/^[\w-]+$/, { error: 'takes names of letters, digits, dashes and underscores' }))
      .optional()
      .describe(
        "users that may log in only from the host itself; RabbitMQ's default is guest; an empty list means no such users",
      ),
    extra: z
      .record(z.string().regex(/^[a-z][\w$*-]*(\.[\w$*-]+)*$/, { error: 'takes a key such as log.file.level' }), line)
      .default({})
      .describe('further settings, by their keys in rabbitmq.conf; a value may be a secret'),
    state: presence,
  })
  .refine(
    ({ partitionHandling, peerDiscovery }) => partitionHandling !== 'pause_minority' || peerDiscovery?.length !== 2,
    {
      error:
        'takes autoheal or ignore for two nodes: one of two nodes is no majority, so pause_minority would stop the surviving node when the other one dies; use three nodes for pause_minority',
      path: ['partitionHandling'],
    },
  )
  .superRefine((conf, context) => {
    const named = new Set(namedLines(conf, ['']).map(([key]) => settingOf(key)))
    for (const key of Object.keys(conf.extra).filter(key => named.has(settingOf(key))))
      context.addIssue({ code: 'custom', path: ['extra', key], message: 'is already set by another parameter' })
  })

type RabbitConf = z.output<typeof params>

export type Line = readonly [key: string, value: string | Secret]

const families = [
  'cluster_formation.classic_config.nodes',
  'disk_free_limit',
  'listeners.tcp',
  'loopback_users',
  'vm_memory_high_watermark',
]

/** The subject of a key: `listeners.tcp.1` and `listeners.tcp` have the same one. */
function settingOf(key: string): string {
  return families.find(family => key.startsWith(`${family}.`)) ?? key
}

/**
 * All lines of the file, always in the same order.
 * @param peers the names of the nodes for peer discovery
 */
export function confLines(conf: RabbitConf, peers: readonly string[]): readonly Line[] {
  return [...namedLines(conf, peers), ...Object.entries(conf.extra).toSorted(([a], [b]) => (a < b ? -1 : 1))]
}

function namedLines(conf: Omit<RabbitConf, 'extra'>, peers: readonly string[]): readonly Line[] {
  const { peerDiscovery, memoryHighWatermark, diskFreeLimit, listeners, heartbeat, loopbackUsers } = conf
  return [
    ...(peerDiscovery
      ? [
          ['cluster_formation.peer_discovery_backend', 'classic_config'] as const,
          ...numbered('cluster_formation.classic_config.nodes', peers),
        ]
      : []),
    ...setting('cluster_name', conf.clusterName),
    ...setting('cluster_partition_handling', conf.partitionHandling),
    ...setting('net_ticktime', conf.netTicktime),
    ...setting('default_queue_type', conf.defaultQueueType),
    ...amount('vm_memory_high_watermark', memoryHighWatermark),
    ...amount('disk_free_limit', diskFreeLimit),
    ...(listeners?.length === 0 ? setting('listeners.tcp', 'none') : numbered('listeners.tcp', listeners ?? [])),
    ...setting('heartbeat', heartbeat),
    ...(loopbackUsers?.length === 0
      ? setting('loopback_users', 'none')
      : (loopbackUsers ?? []).map(name => [`loopback_users.${name}`, 'true'] as const)),
  ]
}

function setting(key: string, value: string | number | undefined): readonly Line[] {
  return value === undefined ? [] : [[key, String(value)]]
}

function numbered(key: string, values: readonly string[]): readonly Line[] {
  return values.map((value, index) => [`${key}.${index + 1}`, value])
}

function amount(key: string, value: number | string | undefined): readonly Line[] {
  return setting(`${key}.${typeof value === 'number' ? 'relative' : 'absolute'}`, value)
}
