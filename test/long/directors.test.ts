import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { suite } from 'uvu'
import { Client } from '../lab/client.ts'
import {
  converge,
  drills,
  holderOf,
  seenDuring,
  sharesOf,
  survives,
  tableHead,
  tableRow,
  untilWhole,
  type Stage,
} from '../lab/drill.ts'
import { Site, whyNoLab } from '../lab/site.ts'

const directors = ['director1', 'director2'] as const
const brokers = ['rabbit1', 'rabbit2', 'rabbit3'] as const

const apart = suite('lab: three brokers of RabbitMQ 4 behind two directors of their own')
const reason = await whyNoLab('uml')
if (reason) process.stdout.write(`skipped: three brokers behind two directors: ${reason}\n`)
const test = reason ? apart.skip : apart
let stage: Stage

apart.before(async () => {
  if (reason) return
  const env = { HAQ_ERLANG_COOKIE: 'CANARYcookie' }
  const site = await Site.up({ suite: 'trixie', env, kernel: 'uml', inventory: 'directors.ts' })
  stage = { site, client: new Client(site), directors }
})
apart.after(async () => {
  if (reason) return
  await stage.client.leave()
  await stage.site.down()
})

test('bare hosts become the cluster; a second run changes nothing', async () => {
  await converge(stage, 'rabbit1', 120)
  const again = await stage.site.run('playbooks/cluster.ts')
  ok(
    Object.values(again.recap).every(({ changed }) => changed === 0),
    again.all,
  )
})

test('outside a failover no connection fails, and each broker gets its third within 5 %', async () => {
  const { report, shares } = await sharesOf(stage)
  process.stdout.write(`${report.connections.tried} connections: ${shares.join(', ')}\n`)
  deepStrictEqual([report.connections.failed, report.messages.lost], [0, 0], JSON.stringify(report))
  const third = shares.reduce((sum, share) => sum + share, 0) / 3
  strictEqual(shares.length, 3)
  ok(
    shares.every(share => Math.abs(share - third) <= 0.05 * third),
    shares.join(', '),
  )
})

if (!reason) process.stdout.write(tableHead)
test('the master of the directors loses its power, and does not take the virtual IP back', () =>
  survives(stage, drills.power, () => holderOf(stage), 'the director with the VIP loses its power'))

for (const [drill, name] of [
  [drills.brokerStopped, 'one of three brokers is stopped'],
  [drills.brokerKilled, 'one of three brokers is killed (kill -9)'],
  [drills.power, "one of three brokers' hosts loses its power"],
  [drills.network, "one of three brokers' hosts is cut off, and comes back"],
] as const)
  test(`${name}: quorum queues go on, and no message is lost`, () => survives(stage, drill, () => brokers[0], name))

for (const [name, playbook, ...words] of [
  ['a rolling restart of all brokers', 'playbooks/rolling-restart.ts'],
  ['a changed setting of all brokers', 'playbooks/cluster.ts', '-e', 'userTimeout=6'],
] as const)
  test(`${name}: clients must connect again, and notice nothing else`, async () => {
    const { site, client } = stage
    const checked = await site.run(playbook, ...words, '--check')
    strictEqual(checked.exitCode, 0, checked.all)
    const mainProcesses = () =>
      Promise.all(brokers.map(host => site.on(host, 'systemctl show -p MainPID rabbitmq-server')))
    const before = await mainProcesses()
    const start = Date.now()
    const report = await seenDuring(client, 600, async () => {
      const output = await site.run(playbook, ...words)
      process.stdout.write(`three brokers restarted in ${Math.round((Date.now() - start) / 1000)} s\n`)
      strictEqual(output.exitCode, 0, output.all)
    })
    process.stdout.write(tableRow(name, report))
    deepStrictEqual([report.connections.failed, report.messages.lost], [0, 0], JSON.stringify(report))
    const after = await mainProcesses()
    ok(before.every((process, i) => process !== after[i]))
    await untilWhole(site, 60)
  })

apart.run()
