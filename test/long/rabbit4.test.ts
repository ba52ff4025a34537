import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { suite } from 'uvu'
import { declaredType, rabbitProofs } from '../lab/rabbit-proofs.ts'
import { changesOf, Site, whyNoLab } from '../lab/site.ts'

const rabbit4 = suite('lab: RabbitMQ 4 on trixie')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: RabbitMQ 4 in the lab: ${reason}\n`)
const test = reason ? rabbit4.skip : rabbit4
let site: Site

async function runningNodes(): Promise<readonly string[]> {
  const status = JSON.parse(await site.on('mygateway', 'rabbitmqctl cluster_status --formatter json')) as {
    readonly running_nodes: readonly string[]
  }
  return status.running_nodes.toSorted()
}

if (!reason)
  rabbit4.before(async () => {
    site = await Site.up({ suite: 'trixie', env: { HAQ_ERLANG_COOKIE: 'CANARYcookie' } })
  })
rabbit4.after(async () => {
  if (!reason) await site.down()
})

test('the cluster comes with quorum queues by default and without the policy, as --check says, and the second run changes nothing', async () => {
  const announced = await site.run('playbooks/cluster.ts', '--check')
  strictEqual(announced.exitCode, 0, announced.all)
  const output = await site.run('playbooks/cluster.ts')
  strictEqual(output.exitCode, 0, output.all)
  const shown = changesOf(announced)
  deepStrictEqual(
    changesOf(output).filter(change => !shown.includes(change)),
    [],
  )
  const again = await site.run('playbooks/cluster.ts')
  const changed = Object.values(again.recap).map(counts => counts['changed'])
  deepStrictEqual([again.exitCode, changed], [0, [0, 0]], again.all)
  deepStrictEqual(await runningNodes(), ['rabbit@initiator', 'rabbit@mygateway'])
  strictEqual(await site.on('mygateway', 'rabbitmqctl -q list_policies --formatter json'), '[]')
})

for (const vhost of ['/', 'cluster'])
  test(`a queue that is declared without arguments in vhost ${vhost} is a quorum queue on both nodes`, async () => {
    strictEqual(await declaredType(site, vhost, 'guest'), 'quorum')
    strictEqual(
      await site.on(
        'mygateway',
        `rabbitmqctl -q list_queues -p ${vhost} name members | grep -c 'initiator.*mygateway\\|mygateway.*initiator'`,
      ),
      '1',
    )
    await site.on('initiator', `rabbitmqctl -q delete_queue -p ${vhost} plain`)
  })

test('a policy with ha-* keys is refused with a hint', async () => {
  const output = await site.run('test/lab/playbooks/undo-rabbit.ts', '--tags', 'queues', '--limit', 'initiator')
  strictEqual(output.exitCode, 2, output.all)
  ok(
    output.all.includes('ha-* keys are not recognised policy settings') && output.all.includes('use quorum queues'),
    output.all,
  )
})

test('a member that was reset by force joins again, although the others still list it', async () => {
  await site.on('mygateway', 'rabbitmqctl -q stop_app; rabbitmqctl -q force_reset; rabbitmqctl -q start_app')
  const output = await site.run('playbooks/cluster.ts', '--tags', 'rabbitmq', '--limit', 'mygateway')
  strictEqual(output.exitCode, 0, output.all)
})

for (const { name, run } of rabbitProofs) test(name, () => run(site))

test('rabbitJoin does not change nodes that found each other by peer discovery', async () => {
  for (const host of ['initiator', 'mygateway'])
    await site.on(host, 'systemctl stop rabbitmq-server; rm -rf /var/lib/rabbitmq/mnesia /etc/rabbitmq/rabbitmq.conf')
  const output = await site.run('test/lab/playbooks/rabbit-discovery.ts')
  strictEqual(output.exitCode, 0, output.all)
  const joined = output.tasks
    .filter(({ task }) => task.startsWith('rabbitJoin'))
    .map(({ host, status }) => [host, status])
  deepStrictEqual(joined, [['mygateway', 'ok']])
  deepStrictEqual(await runningNodes(), ['rabbit@initiator', 'rabbit@mygateway'])
})

rabbit4.run()
