import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { suite } from 'uvu'
import { Client } from '../lab/client.ts'
import {
  converge,
  drills,
  holderOf,
  sharesOf,
  survives,
  tableHead,
  untilWhole,
  type Drill,
  type Stage,
} from '../lab/drill.ts'
import { eventually, Site, whyNoLab } from '../lab/site.ts'

const hosts = ['initiator', 'mygateway'] as const

const failover = suite('lab: failover on a kernel with IPVS')
const reason = await whyNoLab('uml')
if (reason) process.stdout.write(`skipped: failover in the lab: ${reason}\n`)
const test = reason ? failover.skip : failover
let stage: Stage

failover.before(async () => {
  if (reason) return
  const site = await Site.up({ suite: 'bookworm', env: { HAQ_ERLANG_COOKIE: 'CANARYcookie' }, kernel: 'uml' })
  stage = { site, client: new Client(site), directors: hosts }
})
failover.after(async () => {
  if (reason) return
  await stage.client.leave()
  await stage.site.down()
})

/** Causes the failure on the host that has the virtual IP. */
async function holderSurvives(drill: Drill, name = drill.name): Promise<void> {
  await survives(stage, drill, () => holderOf(stage), name)
}

test('bare hosts become the cluster, and playbooks/verify.ts finds no problem', () => converge(stage, 'initiator', 120))

test('outside a failover no connection fails, and each broker gets its half within 5 %', async () => {
  const { report, shares } = await sharesOf(stage)
  process.stdout.write(`${report.connections.tried} connections: ${shares.join(' and ')}\n`)
  deepStrictEqual([report.connections.failed, report.messages.lost], [0, 0], JSON.stringify(report))
  ok(report.connections.tried >= 200)
  const [one = 0, other = 0] = shares
  ok(Math.abs(one - other) <= 0.05 * (one + other), shares.join(' and '))
})

if (!reason) process.stdout.write(tableHead)
for (const drill of Object.values(drills))
  test(`${drill.name}: no confirmed message is lost, and the recovered host does not take the virtual IP back`, () =>
    holderSurvives(drill))

test('playbooks/failover-drill.ts stops the broker, starts it again, and reports', async () => {
  const { site } = stage
  const report = join(tmpdir(), `haq-drill-${randomBytes(6).toString('hex')}.json`)
  const output = await site.run('playbooks/failover-drill.ts', '-e', 'break=broker', '-e', `report=${report}`)
  await rm(report, { force: true })
  strictEqual(output.exitCode, 0, output.all)
  const told = output.tasks.flatMap(({ task, changes }) => (task.startsWith('probeReport') ? changes : []))
  ok(told[0]?.to.includes('; 0 of '), JSON.stringify(told))
  process.stdout.write(`the drill: ${told[0]?.to}\n`)
})

for (const [first, second] of [hosts, hosts.toReversed()])
  test(`both hosts lose their power; ${first} comes back before ${second}, and everything recovers by itself`, async () => {
    const { site } = stage
    const inventory = ['-i', site.inventory]
    await site.haq('lab', 'break', 'power', ...hosts, ...inventory)
    await site.haq('lab', 'mend', first, ...inventory)
    await delay(30_000)
    await site.haq('lab', 'mend', second, ...inventory)
    await untilWhole(site, 600)
  })

test('after a partition between the nodes both are one cluster again, with one director', async () => {
  const { site } = stage
  const [one, other] = ['192.168.1.121', '192.168.1.114']
  const log = () => site.on('initiator', 'cat /var/log/rabbitmq/rabbit@*.log')
  const before = await log()
  await site.on('initiator', `ip route add blackhole ${other}/32`)
  await site.on('mygateway', `ip route add blackhole ${one}/32`)
  await eventually(
    async () => (await log()).slice(before.length),
    said => said.includes('node rabbit@mygateway down: '),
    300,
  )
  await site.on('initiator', `ip route del blackhole ${other}/32`)
  await site.on('mygateway', `ip route del blackhole ${one}/32`)
  await untilWhole(site, 600)
})

test('with five adverts a second the virtual IP moves sooner, and no message is lost', async () => {
  const quick = await stage.site.run('playbooks/cluster.ts', '-e', 'advertInt=0.2')
  strictEqual(quick.exitCode, 0, quick.all)
  for (const drill of [drills.keepalivedStopped, drills.brokerStopped, drills.network, drills.power])
    await holderSurvives(drill, `${drill.name} (advertInt 0.2)`)
})

failover.run()
