import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { suite } from 'uvu'
import { Client } from '../lab/client.ts'
import { drills, holderOf, sharesOf, tableHead, tableRow, untilWhole, whileBroken, type Drill } from '../lab/drill.ts'
import { Site, whyNoLab } from '../lab/site.ts'

const directors = ['director1', 'director2'] as const
const brokers = ['rabbit1', 'rabbit2', 'rabbit3'] as const
const vip = '192.168.1.120'

const apart = suite('lab: three brokers of RabbitMQ 4 behind two directors of their own')
const reason = await whyNoLab('uml')
if (reason) process.stdout.write(`skipped: three brokers behind two directors: ${reason}\n`)
const test = reason ? apart.skip : apart
let site: Site
let client: Client

apart.before(async () => {
  if (reason) return
  const env = { HAQ_ERLANG_COOKIE: 'CANARYcookie' }
  site = await Site.up({ suite: 'trixie', env, kernel: 'uml', inventory: 'directors.ts' })
  client = new Client(site, vip)
})
apart.after(async () => {
  if (reason) return
  await client.leave()
  await site.down()
})

const holder = async (): Promise<string> => (await holderOf(site, directors, vip)) ?? ''

/** Breaks something on a host, and lets nothing be lost. */
async function survives(drill: Drill, victim: string, name: string): Promise<void> {
  const report = await whileBroken(site, client, drill, victim)
  process.stdout.write(tableRow(name, report))
  await drill.mends(site, victim)
  await untilWhole(site, 600)
  strictEqual(report.messages.lost, 0, JSON.stringify(report))
  ok(report.messages.confirmed > 0, JSON.stringify(report))
}

test('bare hosts become the cluster; a second run changes nothing', async () => {
  const made = await site.run('playbooks/cluster.ts')
  strictEqual(made.exitCode, 0, made.all)
  await client.signUp('rabbit1')
  await untilWhole(site, 120)
  const again = await site.run('playbooks/cluster.ts')
  ok(
    Object.values(again.recap).every(({ changed }) => changed === 0),
    again.all,
  )
})

test('outside a failover no connection fails, and each broker gets its third within 5 %', async () => {
  const { report, shares } = await sharesOf(site, client, await holder())
  process.stdout.write(`${report.connections.tried} connections: ${shares.join(', ')}\n`)
  deepStrictEqual([report.connections.failed, report.messages.lost], [0, 0], JSON.stringify(report))
  const third = shares.reduce((sum, share) => sum + share, 0) / 3
  strictEqual(shares.length, 3)
  ok(
    shares.every(share => Math.abs(share - third) <= 0.05 * third),
    shares.join(', '),
  )
})

test('the master of the directors loses its power, and takes nothing back', async () => {
  const victim = await holder()
  if (victim !== '') process.stdout.write(tableHead)
  await survives(drills.power, victim, 'the director with the VIP loses its power')
  deepStrictEqual(
    [await holder()],
    directors.filter(name => name !== victim),
  )
})

for (const [drill, name] of [
  [drills.brokerStopped, 'one of three brokers is stopped'],
  [drills.brokerKilled, 'one of three brokers is killed (kill -9)'],
  [drills.power, "one of three brokers' hosts loses its power"],
  [drills.network, "one of three brokers' hosts is cut off, and comes back"],
] as const)
  test(`${name}: quorum queues go on, and lose nothing`, () => survives(drill, brokers[0], name))

test('a rolling restart of all brokers: clients have to connect anew, and notice nothing else', async () => {
  const checked = await site.run('playbooks/rolling-restart.ts', '--check')
  strictEqual(checked.exitCode, 0, checked.all)
  const work = client.work(400)
  work.catch(() => undefined)
  const start = Date.now()
  const output = await site.run('playbooks/rolling-restart.ts')
  process.stdout.write(`three brokers restarted in ${Math.round((Date.now() - start) / 1000)} s\n`)
  strictEqual(output.exitCode, 0, output.all)
  const report = await work
  process.stdout.write(tableRow('a rolling restart of all brokers', report))
  deepStrictEqual([report.connections.failed, report.messages.lost], [0, 0], JSON.stringify(report))
  await untilWhole(site, 60)
})

apart.run()
