import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import { Client } from '../lab/client.ts'
import { converge, holderOf, seenDuring, tableHead, tableRow, untilWhole } from '../lab/drill.ts'
import { Site, vip, whyNoLab } from '../lab/site.ts'

const pair = ['initiator', 'mygateway'] as const
const addresses = { initiator: '192.168.1.121', mygateway: '192.168.1.114', witness: '192.168.1.115' } as const

const tiebreaker = suite('lab: a pair of brokers, and a third one that breaks ties')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: a tie-breaker in the lab: ${reason}\n`)
const test = reason ? tiebreaker.skip : tiebreaker
let site: Site
let client: Client

tiebreaker.before(async () => {
  if (reason) return
  site = await Site.up({
    suite: 'bookworm',
    env: { HAQ_ERLANG_COOKIE: 'CANARYcookie' },
    inventory: 'tiebreaker.ts',
  })
  client = new Client(site)
})
tiebreaker.after(async () => {
  if (reason) return
  await client.leave()
  await site.down()
})

/** The report of a client's work, as a row of a table. */
async function clientSees(name: string, doing: () => Promise<unknown>): Promise<void> {
  const report = await seenDuring(client, 60, doing)
  process.stdout.write(tableRow(name, report))
  strictEqual(report.messages.lost, 0, JSON.stringify(report))
  ok(report.messages.confirmed > 0, JSON.stringify(report))
}

test('bare hosts become the cluster; the third one is a member without the virtual IP', async () => {
  await converge({ site, client }, 'witness', 60)
  const again = await site.run('playbooks/cluster.ts')
  deepStrictEqual(
    Object.values(again.recap).map(({ changed }) => changed),
    [0, 0, 0],
    again.all,
  )
  const witness = await site.on('witness', 'ip -o address; command -v keepalived; cat /etc/rabbitmq/rabbitmq.conf')
  ok(!witness.includes(vip) && !witness.includes('bin/keepalived'), witness)
  match(witness, /^cluster_partition_handling = pause_minority$/m)
})

if (!reason) process.stdout.write(tableHead)
test('a broker that loses both others disconnects its clients, and no message is lost', async () => {
  const holder = await holderOf({ site, client, directors: pair })
  const others = Object.entries(addresses).flatMap(([host, address]) => (host === holder ? [] : [address]))
  const cut = (word: 'add' | 'del'): Promise<string> =>
    site.on(holder, others.map(address => `ip route ${word} blackhole ${address}/32`).join('\n'))
  await clientSees('a broker of the pair loses sight of the others', async () => {
    await delay(10_000)
    await cut('add')
  })
  deepStrictEqual(
    await site.vipHolders(pair),
    pair.filter(host => host !== holder),
  )
  await cut('del')
  await untilWhole(site, 300)
})

test('without the tie-breaker the pair goes on', async () => {
  await clientSees('the tie-breaker is stopped', async () => {
    await delay(10_000)
    await site.on('witness', 'systemctl stop rabbitmq-server')
  })
  await site.on('witness', 'systemctl start rabbitmq-server')
  await untilWhole(site, 300)
})

tiebreaker.run()
