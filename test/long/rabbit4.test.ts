import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { suite } from 'uvu'
import { Site, whyNoLab } from '../lab/site.ts'

const rabbit4 = suite('lab: RabbitMQ 4 on trixie')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: RabbitMQ 4 in the lab: ${reason}\n`)
const test = reason ? rabbit4.skip : rabbit4
let site: Site

if (!reason)
  rabbit4.before(async () => {
    site = await Site.up('trixie', { HAQ_ERLANG_COOKIE: 'CANARYcookie' })
  })
rabbit4.after(async () => {
  if (!reason) await site.down()
})

test('two nodes join, and a policy with ha-* keys is refused with the way to go', async () => {
  const output = await site.run('playbooks/cluster.ts', '--tags', 'rabbitmq')
  strictEqual(output.exitCode, 2, output.all)
  const status = JSON.parse(await site.on('mygateway', 'rabbitmqctl cluster_status --formatter json')) as {
    readonly running_nodes: readonly string[]
  }
  deepStrictEqual(status.running_nodes.toSorted(), ['rabbit@initiator', 'rabbit@mygateway'])
  ok(
    output.all.includes('ha-* keys are not recognised policy settings') && output.all.includes('use quorum queues'),
    output.all,
  )
})

test('a member that was reset by force joins again, though the others still count it', async () => {
  await site.on('mygateway', 'rabbitmqctl -q stop_app; rabbitmqctl -q force_reset; rabbitmqctl -q start_app')
  const output = await site.run('playbooks/cluster.ts', '--tags', 'rabbitmq', '--limit', 'mygateway')
  strictEqual(output.exitCode, 0, output.all)
})

rabbit4.run()
