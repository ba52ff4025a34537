import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { suite } from 'uvu'
import type { ProbeReport } from '../../src/probe/probe.ts'
import { drills, haqOnClient, holderOf, tableRow, tableHead, untilWhole, whileBroken } from '../lab/drill.ts'
import { eventually, Site, whyNoLab } from '../lab/site.ts'

const hosts = ['initiator', 'mygateway'] as const
const vip = '192.168.1.120'
const user = 'probe'
const password = randomBytes(12).toString('hex')
const passwordFile = join(tmpdir(), `haq-failover-${randomBytes(6).toString('hex')}`)
const watch = { vip, user, passwordFile, vhost: 'cluster', before: 10, after: 35 }

const failover = suite('lab: failover on a kernel with IPVS')
const reason = await whyNoLab('uml')
if (reason) process.stdout.write(`skipped: failover in the lab: ${reason}\n`)
const test = reason ? failover.skip : failover
let site: Site

if (!reason)
  failover.before(async () => {
    await writeFile(passwordFile, password, { mode: 0o600, flag: 'wx' })
    site = await Site.up('bookworm', { HAQ_ERLANG_COOKIE: 'CANARYcookie' }, 'uml')
  })
failover.after(async () => {
  if (reason) return
  await site.down()
  await rm(passwordFile)
})

/** How many connections each real server got, by the holder's kernel. */
async function connectionsOf(holder: string): Promise<readonly number[]> {
  const table = await site.on(holder, 'ipvsadm -Ln --stats --exact')
  return [...table.matchAll(/^ +-> \S+ +(\d+)/gm)].map(([, count]) => Number(count))
}

test('bare hosts become the cluster, and playbooks/verify.ts finds nothing wrong', async () => {
  const made = await site.run('playbooks/cluster.ts')
  strictEqual(made.exitCode, 0, made.all)
  const permissions = `rabbitmqctl -q set_permissions -p cluster ${user} '.*' '.*' '.*'`
  await site.on('initiator', `rabbitmqctl -q add_user ${user} ${password} && ${permissions}`)
  await untilWhole(site, 120)
})

test('outside a failover no connection fails, and each broker gets its half within 5 %', async () => {
  const holder = (await holderOf(site, hosts, vip)) ?? ''
  await site.on(holder, 'ipvsadm --zero')
  const login = ['-u', user, '--password-file', passwordFile, '--vhost', 'cluster']
  const options = ['--seconds', '30', '--connections', '10', '--output', 'json']
  const report = JSON.parse(await haqOnClient(site, 'probe', vip, ...login, ...options)) as ProbeReport
  const [one = 0, other = 0] = await connectionsOf(holder)
  process.stdout.write(`${report.connections.tried} connections: ${one} and ${other}\n`)
  deepStrictEqual([report.connections.failed, report.messages.lost], [0, 0], JSON.stringify(report))
  ok(report.connections.tried >= 200)
  ok(Math.abs(one - other) <= 0.05 * (one + other), `${one} and ${other}`)
})

for (const drill of drills)
  test(`${drill.name}: nothing that was confirmed is lost, and what comes back takes nothing over`, async () => {
    const victim = (await holderOf(site, hosts, vip)) ?? ''
    ok(victim !== '', 'somebody holds the virtual IP')
    const report = await whileBroken(site, drill, victim, watch)
    const holder = await holderOf(
      site,
      hosts.filter(host => host !== victim || drill.keepsVip),
      vip,
    )
    await drill.mends(site, victim)
    await untilWhole(site, 400)
    process.stdout.write(`${drills[0] === drill ? tableHead : ''}${tableRow(drill, report)}`)
    strictEqual(report.messages.lost, 0, JSON.stringify(report))
    ok(report.messages.confirmed > 0, JSON.stringify(report))
    strictEqual(await holderOf(site, hosts, vip), holder, 'no preemption')
  })

test('both hosts lose their power, and all comes back by itself', async () => {
  const lab = ['-i', site.inventory]
  await site.haq('lab', 'break', 'power', ...hosts, ...lab)
  await site.haq('lab', 'up', ...lab, '--kernel', 'uml')
  await untilWhole(site, 600)
})

test('after a partition between the nodes both are one cluster again, with one director', async () => {
  const [one, other] = ['192.168.1.121', '192.168.1.114']
  await site.on('initiator', `ip route add blackhole ${other}/32`)
  await site.on('mygateway', `ip route add blackhole ${one}/32`)
  await eventually(
    () => site.on('initiator', 'cat /var/log/rabbitmq/rabbit@*.log'),
    log => log.includes('down: net_tick_timeout') || log.includes('rabbit on node rabbit@mygateway down'),
    300,
  )
  await site.on('initiator', `ip route del blackhole ${other}/32`)
  await site.on('mygateway', `ip route del blackhole ${one}/32`)
  await untilWhole(site, 600)
})

failover.run()
