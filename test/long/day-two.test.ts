import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { suite } from 'uvu'
import { ask, declare, publish } from '../lab/queues.ts'
import { eventually, Site, whyNoLab, type RunOutput } from '../lab/site.ts'

const hosts = ['initiator', 'mygateway'] as const
const addresses = { initiator: '192.168.1.121', mygateway: '192.168.1.114' } as const
const beside = 'test/lab/playbooks/rabbit-health.ts'

const dayTwo = suite('lab: a cluster in operation')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: the cluster in operation: ${reason}\n`)
const test = reason ? dayTwo.skip : dayTwo
let site: Site

/** Runs a playbook, which must succeed. */
async function run(playbook: string, ...words: readonly string[]): Promise<RunOutput> {
  const output = await site.run(playbook, ...words)
  strictEqual(output.exitCode, 0, output.all)
  return output
}

const changed = (output: RunOutput): readonly (number | undefined)[] =>
  hosts.map(host => output.recap[host]?.['changed'])

const sentences = (output: RunOutput, host: string): string =>
  output.tasks.flatMap(task => (task.host === host && task.failure ? [task.failure.message] : [])).join('; ')

/** The complete answer of a host to a load balancer's check. */
const answer = (host: (typeof hosts)[number]): Promise<string> =>
  site.on(
    'client',
    `exec 3<>/dev/tcp/${addresses[host]}/5679 && printf 'GET / HTTP/1.0\\r\\nHost: x\\r\\n\\r\\n' >&3 && tr -d '\\r' <&3`,
  )

const says = async (host: (typeof hosts)[number]): Promise<string> =>
  (await site.on(host, '/usr/local/lib/haq/broker-health || :')).trim()

const unitStates = (unit: string): Promise<readonly string[]> =>
  Promise.all(hosts.map(async host => (await site.on(host, `systemctl is-active ${unit} || :`)).trim()))

dayTwo.before(async () => {
  if (reason) return
  site = await Site.up({ suite: 'bookworm', env: { HAQ_ERLANG_COOKIE: 'CANARYcookie' } })
  // With autoheal the losing side would be back before the test can check it.
  await run('playbooks/cluster.ts', '-e', 'partitionHandling=ignore')
  await run(beside, '--tags', 'beside')
})
dayTwo.after(async () => {
  if (!reason) await site.down()
})

test('health check and processor work at once, and a second run changes nothing', async () => {
  deepStrictEqual(changed(await run(beside, '--tags', 'beside')), [0, 0])
  deepStrictEqual(await unitStates('haq-task-waiter'), ['active', 'active'])
  const said = await site.on('initiator', 'journalctl -o cat -u haq-task-waiter | grep costs')
  strictEqual(said.trim(), '$HOME on initiator "100%" costs 5% of "a  b"')
  match(await answer('initiator'), /^HTTP\/1\.0 200 OK\n[^]*\n\nhealthy\n?$/)
})

const ills = [
  ['the broker stopped', 'rabbitmqctl -q stop_app', 'the broker is stopped', 'rabbitmqctl -q start_app'],
  [
    'too little memory',
    'rabbitmqctl -q set_vm_memory_high_watermark 0.000001',
    'alarm: memory',
    'rabbitmqctl -q set_vm_memory_high_watermark 0.4',
  ],
  [
    'too little disk',
    'rabbitmqctl -q set_disk_free_limit 1000000GB',
    'alarm: disk',
    'rabbitmqctl -q set_disk_free_limit 1MB',
  ],
  ['maintenance', 'rabbitmq-upgrade -q drain 2>/dev/null', 'the node is in maintenance', 'rabbitmq-upgrade -q revive'],
  ['a broker that hangs', 'pkill -STOP -x beam.smp', 'the node does not answer', 'pkill -CONT -x beam.smp'],
] as const
for (const [name, harm, reasonSaid, mend] of ills)
  test(`load balancers see ${name}, on that host only, and its end`, async () => {
    await site.on('initiator', harm)
    await eventually(
      () => says('initiator'),
      said => said === reasonSaid,
      15,
    )
    match(await answer('initiator'), new RegExp(`^HTTP/1.0 503 [^]*\n\n${reasonSaid}\n?$`))
    strictEqual(await says('mygateway'), 'healthy')
    await site.on('initiator', mend)
    await eventually(
      () => says('initiator'),
      said => said === 'healthy',
      30,
    )
  })

test('when all nodes have an alarm they stay in the pool, because only consumers can end the alarm', async () => {
  for (const host of hosts) await site.on(host, 'rabbitmqctl -q set_vm_memory_high_watermark 0.000001')
  await new Promise(resolve => setTimeout(resolve, 2000))
  deepStrictEqual(await Promise.all(hosts.map(says)), ['healthy', 'healthy'])
  for (const host of hosts) await site.on(host, 'rabbitmqctl -q set_vm_memory_high_watermark 0.4')
})

test('the switch removes a host from the pool and adds it again', async () => {
  await run(beside, '--tags', 'pool', '-e', 'pool=out')
  match(await answer('initiator'), /^HTTP\/1\.0 503 [^]*\n\nout of the pool: a test\n?$/)
  await run(beside, '--tags', 'pool')
  strictEqual(await says('initiator'), 'healthy')
})

test('a processor stops and starts with its broker, also after a crash; the other processor goes on', async () => {
  const since = await site.on('mygateway', 'systemctl show -p ActiveEnterTimestampMonotonic haq-task-waiter')
  await site.on('initiator', 'systemctl stop rabbitmq-server')
  deepStrictEqual(await unitStates('haq-task-waiter'), ['inactive', 'active'])
  await site.on('initiator', 'systemctl start rabbitmq-server')
  deepStrictEqual(await unitStates('haq-task-waiter'), ['active', 'active'])
  await site.on('initiator', 'pkill -9 -x beam.smp')
  await eventually(
    () => unitStates('haq-task-waiter'),
    ([own]) => own === 'inactive',
    10,
  )
  await eventually(
    () => unitStates('haq-task-waiter'),
    ([own]) => own === 'active',
    40,
  )
  strictEqual(await site.on('mygateway', 'systemctl show -p ActiveEnterTimestampMonotonic haq-task-waiter'), since)
})

/** The main process of each broker. */
const brokers = (): Promise<readonly string[]> =>
  Promise.all(hosts.map(host => site.on(host, 'systemctl show -p MainPID rabbitmq-server')))

const withTicktime = (seconds: number): readonly string[] => [
  'playbooks/cluster.ts',
  ...['partitionHandling=ignore', `netTicktime=${seconds}`, 'poolSeconds=1'].flatMap(word => ['-e', word]),
]

test('a changed setting restarts one broker after the other, and so does its undo; queues keep their messages', async () => {
  const [playbook = '', ...words] = withTicktime(30)
  await declare(site, 'kept', 'classic')
  await publish(site, 'kept', 5)
  const holds = async (): Promise<void> =>
    match(await site.on('mygateway', 'rabbitmqctl -q list_queues -p cluster name messages'), /^kept\s5$/m)
  const before = await brokers()
  const output = await run(playbook, ...words)
  const ended = output.tasks.filter(({ task }) => task === 'rabbitRestart')
  deepStrictEqual(
    ended.map(({ host, status }) => [host, status]),
    hosts.map(host => [host, 'changed']),
  )
  const after = await brokers()
  ok(hosts.every((_, i) => before[i] !== after[i]))
  await holds()
  deepStrictEqual(await Promise.all(hosts.map(says)), ['healthy', 'healthy'])
  deepStrictEqual(await unitStates('haq-task-waiter'), ['active', 'active'])
  deepStrictEqual(changed(await run(playbook, ...words)), [0, 0])
  strictEqual((await site.undo()).exitCode, 0)
  const undone = await brokers()
  ok(hosts.every((_, i) => after[i] !== undone[i]))
  await holds()
  await site.on('mygateway', 'rabbitmqctl -q delete_queue -p cluster kept')
})

test('no broker restarts while another one is down: the restart stays pending until the next run', async () => {
  const [playbook = '', ...words] = withTicktime(31)
  await site.on('mygateway', 'systemctl stop rabbitmq-server')
  const before = await brokers()
  const refused = await site.run(playbook, ...words, '--limit', 'initiator')
  strictEqual(refused.exitCode, 2, refused.all)
  match(sentences(refused, 'initiator'), /^these members of the cluster are down: rabbit@mygateway$/)
  match(refused.all, /initiator has a pending handler: rabbitRestart; the next run runs it/)
  deepStrictEqual(await brokers(), before)
  await run(playbook, ...words)
  const after = await brokers()
  ok(hosts.every((_, i) => before[i] !== after[i]))
})

test('a rolling restart keeps the messages in the queues, and the cluster is healthy afterwards', async () => {
  await site.on('initiator', `rabbitmqctl -q set_policy -p cluster ha '^' '{"ha-mode":"all"}'`)
  for (const name of ['m1', 'm2']) await declare(site, name, 'classic')
  await publish(site, 'm1', 5)
  const before = await brokers()
  const output = await run('playbooks/rolling-restart.ts', '-e', 'poolSeconds=1')
  const after = await brokers()
  ok(hosts.every((_, i) => before[i] !== after[i]))
  // A mirror comes back empty, because the policy does not set ha-sync-mode.
  ok(output.tasks.some(({ task, status }) => task === 'rabbitSync' && status === 'changed'))
  strictEqual(
    (await site.on('initiator', 'rabbitmqctl -q list_queues -p cluster name messages | grep m1')).trim(),
    'm1\t5',
  )
  await run('playbooks/verify.ts')
})

test('a rolling restart stops before a node that a quorum queue needs, and names the queue', async () => {
  await declare(site, 'critical', 'quorum')
  const output = await site.run('playbooks/rolling-restart.ts')
  strictEqual(output.exitCode, 2, output.all)
  match(
    sentences(output, 'initiator'),
    /^without this node these queues would have no majority: critical in cluster \(2 of 2 /,
  )
  deepStrictEqual(changed(output), [0, 0])
  await site.on('initiator', 'rabbitmqctl -q delete_queue -p cluster critical')
})

test('a rolling restart stops at the first node that does not come back, and leaves it out of the pool', async () => {
  const dropIn = '/etc/systemd/system/rabbitmq-server.service.d/broken.conf'
  await site.on(
    'initiator',
    `mkdir -p ${dropIn.replace(/\/[^/]*$/, '')} && printf '[Service]\nExecStartPre=/bin/false\n' >${dropIn} && systemctl daemon-reload`,
  )
  const since = await site.on('mygateway', 'systemctl show -p MainPID rabbitmq-server')
  const output = await site.run('playbooks/rolling-restart.ts', '-e', 'poolSeconds=0')
  strictEqual(output.exitCode, 2, output.all)
  deepStrictEqual(output.recap['mygateway']?.['changed'], 0)
  strictEqual(await site.on('mygateway', 'systemctl show -p MainPID rabbitmq-server'), since)
  strictEqual(await says('initiator'), 'out of the pool: restart')
  const verified = await site.run('playbooks/verify.ts')
  strictEqual(verified.exitCode, 2, verified.all)
  match(sentences(verified, 'mygateway'), /^only these members run: rabbit@mygateway/)
  match(
    sentences(verified, 'initiator'),
    /the broker is not running; .*the broker is not healthy: out of the pool: restart/,
  )
  await site.on('initiator', `rm -r ${dropIn.replace(/\/[^/]*$/, '')}; systemctl daemon-reload`)
  await site.on('initiator', 'systemctl start rabbitmq-server; rm /run/haq/out-of-pool')
})

test('after a partition one side leaves the pool, and verify reports it; after its restart all is healthy', async () => {
  for (const host of hosts) await ask(site, host, 'net_kernel:set_net_ticktime(4, 0).')
  const route = (verb: string): Promise<unknown> =>
    Promise.all([
      site.on('initiator', `ip route ${verb} unreachable ${addresses.mygateway}`),
      site.on('mygateway', `ip route ${verb} unreachable ${addresses.initiator}`),
    ])
  await route('add')
  await eventually(
    () => Promise.all(hosts.map(host => ask(site, host, 'rabbit_mnesia:cluster_nodes(running).'))),
    running => running.every((said, i) => said.includes(`[rabbit@${hosts[i]}]`)),
    40,
  )
  await route('del')
  await eventually(
    () => Promise.all(hosts.map(says)),
    said => said.join() === 'healthy,partitioned from rabbit@initiator',
    40,
  )
  const verified = await site.run('playbooks/verify.ts')
  strictEqual(verified.exitCode, 2, verified.all)
  match(sentences(verified, 'initiator'), /partitioned from rabbit@mygateway/)
  match(sentences(verified, 'mygateway'), /partitioned from rabbit@initiator; .*the broker is not healthy/)
  await site.on('mygateway', 'systemctl restart rabbitmq-server')
  await run('playbooks/verify.ts', '-e', 'within=60')
})

test('the services beside the broker are removed completely', async () => {
  await run(beside, '--tags', 'beside', '-e', 'state=absent')
  deepStrictEqual(changed(await run(beside, '--tags', 'beside', '-e', 'state=absent')), [0, 0])
  strictEqual(await site.on('initiator', 'systemctl list-unit-files --no-legend "haq-broker*" "haq-task*" || :'), '')
})

dayTwo.run()
