import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { inspect } from 'node:util'
import { test } from 'uvu'
import { absent, Secret, sha256, unknown, type FileState } from 'haq'
import { rabbitConf, type NodeName } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { requirementsOf, stepsOf } from '../../../src/core/step.ts'
import { named } from './rabbit-states.ts'

const path = '/etc/rabbitmq/rabbitmq.conf'
const heading = '# Managed by haq: edits by hand are replaced.\n'
const root = { type: 'file', mode: '0644', owner: 'root', group: 'root' } as const
const folder: FileState = { type: 'directory', mode: '0755', owner: 'rabbitmq', group: 'rabbitmq' }
const installed = { conf: absent, folder, user: true }
const holding = (content: string, attributes = {}) => ({ ...installed, conf: { ...root, content, ...attributes } })

const hosts = ['a', 'b', 'c'].map(name => ({ name }))
const pass = new Secret('CANARY')
const digest = (lines: string): string => `sha256 ${sha256(`${heading}${lines}\n`).slice(0, 12)}`
const heartbeat = `${digest('heartbeat = 30')} 0644 root:root`
const secretly = `${digest('default_pass = ********')} 0640 root:rabbitmq`
const made = '/etc/rabbitmq: absent → directory 0755 root:root'
const noUser = 'the user rabbitmq exists, so that only this user can read the secrets'
const line = 'takes text or a secret: one line, without spaces at either end, and without #, which starts a comment'
const twice = 'is already set by another parameter'

for (const law of lawTests(
  rabbitConf,
  [
    { name: 'absent', params: { heartbeat: 30 }, facts: installed, changes: [`${path}: absent → ${heartbeat}`] },
    { name: 'as wanted', params: { heartbeat: 30 }, facts: holding(`${heading}heartbeat = 30\n`), changes: [] },
    {
      name: 'with the right lines and another owner',
      params: { heartbeat: 30 },
      facts: holding(`${heading}heartbeat = 30\n`, { owner: 'rabbitmq' }),
      changes: [`${path}: ${heartbeat.replace('root:root', 'rabbitmq:root')} → ${heartbeat}`],
    },
    {
      name: 'a secret, before RabbitMQ is installed',
      params: { extra: { default_pass: pass } },
      facts: { ...installed, user: absent },
      changes: [`${path}: absent → ${secretly}`],
      unmet: [noUser],
      sentences: ["there is no user rabbitmq, so the secrets can't be made readable for this user only"],
    },
    {
      name: 'a different secret',
      params: { extra: { default_pass: pass } },
      facts: holding(`${heading}default_pass = CANARYold\n`, { mode: '0640', group: 'rabbitmq' }),
      changes: [`${path}: ${secretly} with another secret → ${secretly}`],
    },
    {
      name: 'without its directory',
      params: { heartbeat: 30 },
      facts: { ...installed, folder: absent },
      changes: [made, `${path}: absent → ${heartbeat}`],
    },
    {
      name: 'state absent, there',
      params: { state: 'absent' },
      facts: holding(`${heading}heartbeat = 30\n`),
      changes: [`${path}: hidden 0644 root:root → absent`],
    },
    { name: 'state absent, absent', params: { state: 'absent' }, facts: installed, changes: [] },
    {
      name: 'unknown',
      params: { extra: { default_pass: pass } },
      facts: { conf: unknown, folder: unknown, user: unknown },
      changes: [made.replace('absent', 'unknown'), `${path}: unknown → ${secretly}`],
      unmet: [noUser],
      sentences: [],
    },
  ],
  [
    {
      params: { partitionHandling: 'pause_minority', peerDiscovery: hosts.slice(0, 2) },
      problems: [
        'partitionHandling: takes autoheal or ignore for two nodes: one of two nodes is no majority, so pause_minority would stop the surviving node when the other one dies; use three nodes for pause_minority',
      ],
    },
    {
      params: {
        heartbeat: 30,
        listeners: ['5672'],
        memoryHighWatermark: '2GB',
        extra: { heartbeat: '1', 'listeners.tcp': 'none', 'vm_memory_high_watermark.relative': '0.5', 'log.file': 'x' },
      },
      problems: ['heartbeat', 'listeners.tcp', 'vm_memory_high_watermark.relative'].map(
        key => `extra.${key}: ${twice}`,
      ),
    },
    {
      params: { extra: { a: 'two\nlines', b: ' x', c: 'a # b', d: new Secret('x#'), e: '' } },
      problems: ['a', 'b', 'c', 'd', 'e'].map(key => `extra.${key}: ${line}`),
    },
    { params: { extra: { 'A b': 'x' } }, problems: ['extra.A b: takes a key such as log.file.level'] },
    {
      params: {
        memoryHighWatermark: 2,
        diskFreeLimit: 'much',
        listeners: ['amqp'],
        loopbackUsers: ['a b'],
        clusterName: 'a b',
      },
      problems: [
        'clusterName: takes letters, digits, dots, dashes, underscores and @',
        'memoryHighWatermark: takes a fraction of the memory from 0 to 1, or a size such as 2GB',
        'diskFreeLimit: takes a multiple of the memory, or a size such as 2GB',
        'listeners[0]: takes a port, or an address and a port, such as 127.0.0.1:5672',
        'loopbackUsers[0]: takes names of letters, digits, dashes and underscores',
      ],
    },
  ],
))
  test(law.name, law.run)

/** What is written for some parameters, without its heading. */
function written(params: Parameters<typeof rabbitConf>[0]): string {
  const task = rabbitConf(params)
  const names = hosts.map(({ name }) => [`name of the node on ${name}`, named(name)] as const)
  const [step] = stepsOf(task.plan({ ...installed, ...Object.fromEntries<NodeName>(names) }))
  ok(step?.kind === 'write', JSON.stringify(task.problems))
  return step.content.reveal().replace(heading, '')
}

test('rabbitConf writes its own parameters in a fixed order, and other settings sorted by key', () => {
  strictEqual(
    written({
      extra: { 'log.file.level': 'debug', channel_max: '100' },
      loopbackUsers: ['guest'],
      heartbeat: 0,
      listeners: ['5672', '127.0.0.1:5673'],
      diskFreeLimit: 1.5,
      memoryHighWatermark: '2GiB',
      netTicktime: 20,
      defaultQueueType: 'quorum',
      partitionHandling: 'pause_minority',
      clusterName: 'shop@berlin',
      peerDiscovery: hosts,
    }),
    `cluster_formation.peer_discovery_backend = classic_config
cluster_formation.classic_config.nodes.1 = rabbit@a
cluster_formation.classic_config.nodes.2 = rabbit@b
cluster_formation.classic_config.nodes.3 = rabbit@c
cluster_name = shop@berlin
cluster_partition_handling = pause_minority
net_ticktime = 20
default_queue_type = quorum
vm_memory_high_watermark.absolute = 2GiB
disk_free_limit.relative = 1.5
listeners.tcp.1 = 5672
listeners.tcp.2 = 127.0.0.1:5673
heartbeat = 0
loopback_users.guest = true
channel_max = 100
log.file.level = debug
`,
  )
})

test('rabbitConf lists the names that the nodes have, and guesses none of a host that can not be reached', () => {
  const task = rabbitConf({ peerDiscovery: hosts.slice(0, 2) })
  const lines = (second: string): string =>
    `${heading}cluster_formation.peer_discovery_backend = classic_config
cluster_formation.classic_config.nodes.1 = bunny@mq1
cluster_formation.classic_config.nodes.2 = ${second}
`
  const names = (second: NodeName | null) => ({
    'name of the node on a': named('a', { name: 'bunny@mq1' }),
    'name of the node on b': second,
  })
  const sentences = (facts: Readonly<Record<string, unknown>>): unknown =>
    requirementsOf(task.plan(facts)).flatMap(({ met, otherwise }) => (met ? [] : [otherwise]))
  const known = { ...holding(lines('rabbit@mq2')), ...names(named('mq2')) }
  deepStrictEqual(task.plan(known), [])
  const same = { ...holding(lines('rabbit@b')), ...names(null) }
  deepStrictEqual([stepsOf(task.plan(same)), sentences(same)], [[], []])
  deepStrictEqual(sentences({ ...holding(lines('rabbit@mq2')), ...names(null) }), [
    "b can't be reached, so it is not known how its node is called",
  ])
})

test('rabbitConf writes empty lists as none, and a fraction of the memory as a relative value', () => {
  strictEqual(
    written({ listeners: [], loopbackUsers: [], memoryHighWatermark: 0.6, diskFreeLimit: '2GB' }),
    'vm_memory_high_watermark.relative = 0.6\ndisk_free_limit.absolute = 2GB\nlisteners.tcp = none\nloopback_users = none\n',
  )
})

test('rabbitConf masks the new secrets, and all that only the old file has', () => {
  const task = rabbitConf({ heartbeat: 7, extra: { 'ssl_options.keyfile_word': pass } })
  const steps = stepsOf(task.plan(holding('ssl_options.password = CANARYold\n# CANARYtoo\nheartbeat = 7\n')))
  const shown = JSON.stringify(steps) + inspect(steps, { depth: null })
  ok(!shown.includes('CANARY'), shown)
  strictEqual(String(steps[0]?.change.diff?.before).trim(), 'heartbeat = 7')
})

test.run()
