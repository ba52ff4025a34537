import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { readFile, writeFile } from 'node:fs/promises'
import { suite } from 'uvu'
import { declare, publish } from '../lab/queues.ts'
import { eventually, Site, whyNoLab, type RunOutput } from '../lab/site.ts'

const names = ['initiator', 'mygateway', 'third'] as const
const beside = 'test/lab/playbooks/rabbit-health.ts'
/** Hosts that join and leave, besides the pair. */
const others = {
  third: `third: { address: '192.168.1.115', vars: { priority: 80 } },`,
  fourth: `fourth: { address: '192.168.1.116', vars: { priority: 70 } },`,
  fifth: `fifth: { address: '192.168.1.117', vars: { priority: 60 } },`,
} as const

const dayTwo = suite('lab: quorum queues and streams on two to five nodes, and back to one')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: quorum queues in operation: ${reason}\n`)
const test = reason ? dayTwo.skip : dayTwo
let site: Site
let pair: string

async function run(playbook: string, ...words: readonly string[]): Promise<RunOutput> {
  const output = await site.run(playbook, ...words)
  strictEqual(output.exitCode, 0, output.all)
  return output
}

/** The queues of vhost cluster with messages and members. A stream counts only committed messages. */
const queues = async (): Promise<readonly string[]> => {
  const list = await site.on(
    'mygateway',
    'rabbitmqctl -q list_queues -p cluster --no-table-headers name messages members',
  )
  return list
    .trim()
    .split('\n')
    .toSorted()
    .map(line => line.replace(/\[(.*)\]/, (_, all: string) => all.split(', ').toSorted().join()))
}
const holding = (...hosts: readonly string[]): readonly string[] => {
  const members = hosts.map(host => `rabbit@${host}`).toSorted()
  return ['q1', 'q2', 'q3', 's1'].map(name => `${name}\t10\t${members.join()}`)
}

/** Makes an inventory of the pair and more hosts. */
const inventoryWith = (...more: readonly (keyof typeof others)[]): Promise<void> =>
  writeFile(
    site.inventory,
    pair.replace(/(mygateway: \{.*\},)\n/, `$1\n${more.map(name => others[name]).join('\n')}\n`),
  )

/** RabbitMQ updates the message counts of quorum queues every few seconds. */
const hold = (...hosts: readonly string[]): Promise<unknown> =>
  eventually(queues, seen => seen.join() === holding(...hosts).join(), 30)

const sentence = (output: RunOutput): string => output.tasks.find(({ failure }) => failure)?.failure?.message ?? ''

dayTwo.before(async () => {
  if (reason) return
  site = await Site.up({ suite: 'trixie', env: { HAQ_ERLANG_COOKIE: 'CANARYcookie' } })
  pair = await readFile(site.inventory, 'utf8')
  await run('playbooks/cluster.ts')
  await run(beside, '--tags', 'beside')
  for (const name of ['q1', 'q2', 'q3']) await declare(site, name, 'quorum')
  await declare(site, 's1', 'stream')
  for (const name of ['q1', 'q2', 'q3', 's1']) await publish(site, name, 10)
})
dayTwo.after(async () => {
  if (!reason) await site.down()
})

test('a rolling restart refuses two nodes, because their quorum queues need both', async () => {
  const output = await site.run('playbooks/rolling-restart.ts')
  strictEqual(output.exitCode, 2, output.all)
  match(
    sentence(output),
    /^without this node these queues would have no majority: .*q1 in cluster \(2 of 2 members online\)/,
  )
})

test('after maintenance without a restart two nodes have all their queues', async () => {
  const playbook = 'test/lab/playbooks/rabbit-maintenance.ts'
  await run(playbook, '-e', 'state=draining')
  await run(playbook, '-e', 'state=serving')
  await run('playbooks/verify.ts', '-e', 'within=30')
  await hold('initiator', 'mygateway')
})

test('a third node joins with cluster.ts, and add-node.ts adds queue members to it', async () => {
  await inventoryWith('third')
  await site.mend()
  await run('playbooks/cluster.ts')
  await run(beside, '--tags', 'beside')
  await run('playbooks/add-node.ts', '-e', 'node=third')
  await hold(...names)
  const again = await run('playbooks/add-node.ts', '-e', 'node=third')
  ok(Object.values(again.recap).every(counts => counts['changed'] === 0))
  await run('playbooks/verify.ts')
})

test('three nodes are restarted and upgraded one by one, and nothing is lost', async () => {
  await run('playbooks/rolling-restart.ts', '-e', 'poolSeconds=1')
  await hold(...names)
  await run('playbooks/rolling-upgrade.ts', '-e', 'poolSeconds=1')
  await hold(...names)
  await run('playbooks/verify.ts')
})

test('a fourth and a fifth node join together, and leave one after the other', async () => {
  await inventoryWith('third', 'fourth', 'fifth')
  await site.mend()
  await run('playbooks/cluster.ts')
  await run(beside, '--tags', 'beside')
  for (const name of ['fourth', 'fifth']) await run('playbooks/add-node.ts', '-e', `node=${name}`)
  await hold(...names, 'fourth', 'fifth')
  await run('playbooks/verify.ts')
  await run('playbooks/remove-node.ts', '-e', 'node=fifth', '-e', 'poolSeconds=1')
  await inventoryWith('third', 'fourth')
  await run('playbooks/cluster.ts')
  await hold(...names, 'fourth')
  await run('playbooks/remove-node.ts', '-e', 'node=fourth', '-e', 'poolSeconds=1')
  await inventoryWith('third')
  await run('playbooks/cluster.ts')
  await hold(...names)
  await run('playbooks/verify.ts')
})

test('a node leaves for good, and the others keep every message; a second run changes nothing', async () => {
  const words = ['-e', 'node=third', '-e', 'poolSeconds=1', '-e', 'removeData=true'] as const
  await run('playbooks/remove-node.ts', ...words)
  await hold('initiator', 'mygateway')
  const again = await run('playbooks/remove-node.ts', ...words)
  ok(Object.values(again.recap).every(counts => counts['changed'] === 0))
  await inventoryWith()
  const cluster = await run('playbooks/cluster.ts')
  strictEqual(cluster.recap['third'], undefined)
  await run('playbooks/verify.ts')
})

test('a node that holds a queue alone is refused, and nothing is done', async () => {
  await declare(site, 'alone', 'classic')
  const output = await site.run('playbooks/remove-node.ts', '-e', 'node=initiator', '-e', 'poolSeconds=1')
  strictEqual(output.exitCode, 2, output.all)
  strictEqual(sentence(output), 'these queues would be lost with the node: alone in cluster')
  // The other node is not changed after that, although it gives up members.
  deepStrictEqual(
    Object.entries(output.recap).map(([host, counts]) => [host, counts['changed']]),
    [['initiator', 0]],
  )
  await site.on('initiator', 'rabbitmqctl -q delete_queue -p cluster alone')
  await hold('initiator', 'mygateway')
})

test('the first of two nodes leaves, and the last one stays', async () => {
  await run('playbooks/remove-node.ts', '-e', 'node=initiator', '-e', 'poolSeconds=1')
  await hold('mygateway')
  await writeFile(site.inventory, pair.replace(/initiator: \{.*\},\n/, ''))
  const output = await site.run('playbooks/remove-node.ts', '-e', 'node=mygateway')
  strictEqual(output.exitCode, 1)
  match(output.stderr, /mygateway is the last node of the cluster/)
})

dayTwo.run()
