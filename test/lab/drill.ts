import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { setTimeout as delay } from 'node:timers/promises'
import type { ProbeReport } from '../../modules/rabbitmq/probe/probe.ts'
import type { Client } from './client.ts'
import { eventually, vip, type Site } from './site.ts'

/** A cluster in its lab. */
export interface Stage {
  readonly site: Site
  readonly client: Client
  /** The hosts that may hold the virtual IP. */
  readonly directors: readonly string[]
}

/** A failure of a host, and its repair. */
export interface Drill {
  readonly name: string
  /** Whether a director keeps the virtual IP. */
  readonly keepsVip: boolean
  /** Both directors believe that they are the only one. When they see each other again, the higher priority wins. */
  readonly splits?: true
  readonly breaks: (site: Site, host: string) => Promise<unknown>
  readonly mends: (site: Site, host: string) => Promise<unknown>
}

const by =
  (script: string) =>
  (site: Site, host: string): Promise<unknown> =>
    site.on(host, script)

/** The results for the failover tables in docs/rabbitmq-cluster.md. */
export const drills = {
  keepalivedStopped: {
    name: 'keepalived is stopped',
    keepsVip: false,
    breaks: by('systemctl stop keepalived'),
    mends: by('systemctl start keepalived'),
  },
  keepalivedKilled: {
    name: 'keepalived is killed (kill -9)',
    keepsVip: false,
    breaks: by('systemctl kill --kill-whom=all -s KILL keepalived'),
    mends: by('systemctl start keepalived'),
  },
  brokerStopped: {
    name: 'the broker is stopped',
    keepsVip: true,
    breaks: by('systemctl stop rabbitmq-server'),
    mends: by('systemctl start rabbitmq-server'),
  },
  brokerKilled: {
    name: 'the broker is killed (kill -9)',
    keepsVip: true,
    breaks: by('systemctl kill --kill-whom=all -s KILL rabbitmq-server'),
    mends: by('systemctl start rabbitmq-server'),
  },
  network: {
    name: 'the host loses its network',
    keepsVip: false,
    splits: true,
    breaks: (site, host) => site.haq('lab', 'break', 'network', host, '-i', site.inventory),
    mends: site => site.mend(),
  },
  power: {
    name: 'the host loses its power',
    keepsVip: false,
    breaks: (site, host) => site.haq('lab', 'break', 'power', host, '-i', site.inventory),
    mends: site => site.mend(),
  },
} satisfies Readonly<Record<string, Drill>>

/** The head of such a table. */
export const tableHead = `| what breaks | longest time without an answer | connections failed / tried | longest time without a confirm | confirmed messages lost | duplicates | connections that broke |
|---|---|---|---|---|---|---|
`

/** A row of it. */
export function tableRow(name: string, { connections, messages }: ProbeReport): string {
  const longest = Math.max(0, ...connections.outages.map(({ seconds }) => seconds)).toFixed(1)
  const silence = `${messages.longestSilence.toFixed(1)} s`
  const lost = `${messages.lost} / ${messages.confirmed}`
  const cells = [name, `${longest} s`, `${connections.failed} / ${connections.tried}`, silence, lost]
  return `| ${[...cells, messages.duplicates, messages.brokenConnections].join(' | ')} |\n`
}

/** Seconds of normal work before the failure, and from the failure to the end of the client's work. */
const before = 10
const after = 35

/** The report of a client that works while something is done. */
export async function seenDuring(client: Client, seconds: number, doing: () => Promise<unknown>): Promise<ProbeReport> {
  const work = client.work(seconds)
  // The client's report is awaited after the work, which may fail first.
  work.catch(() => undefined)
  await doing()
  return work
}

/** The director that has the virtual IP. */
export async function holderOf({ site, directors }: Stage): Promise<string> {
  const [holder, ...others] = await site.vipHolders(directors)
  ok(holder !== undefined && others.length === 0, `one director holds the virtual IP, not ${others.length + 1}`)
  return holder
}

/**
 * Causes a failure of a host while a client works, and ends it. Fails when a confirmed message was lost, the cluster
 * did not recover by itself, the client lost the virtual IP, or the recovered host took the virtual IP over.
 * @param choose chooses the host, as late as possible, because an earlier drill may still move the virtual IP
 */
export async function survives(
  stage: Stage,
  drill: Drill,
  choose: () => string | Promise<string>,
  name = drill.name,
): Promise<void> {
  const { site, client, directors } = stage
  let host = ''
  const report = await seenDuring(client, before + after, async () => {
    await delay(before * 1000)
    host = await choose()
    await drill.breaks(site, host)
  })
  process.stdout.write(tableRow(name, report))
  // A host without network keeps the virtual IP, too, because it sees no other director.
  const next = await site.vipHolders(directors.filter(director => director !== host || drill.keepsVip))
  await drill.mends(site, host)
  await untilWhole(site, 600)
  strictEqual(report.messages.lost, 0, JSON.stringify(report))
  ok(report.messages.confirmed > 0, JSON.stringify(report))
  await clientFindsHolder(stage)
  if (!drill.splits) deepStrictEqual(await site.vipHolders(directors), next, 'no preemption')
}

/** Fails when the client's neighbour table maps the virtual IP to another host than its holder. */
async function clientFindsHolder(stage: Stage): Promise<void> {
  const { site } = stage
  const address = await site.on(await holderOf(stage), 'cat /sys/class/net/eth1/address')
  const neighbour = await site.on('client', `ip neigh show ${vip}`)
  ok(neighbour.includes(` ${address.trim()} `), `the virtual IP is at ${address.trim()}; the client has ${neighbour}`)
}

/** Half a minute without a failure: the client's report, and the kernel's count of connections to each real server. */
export async function sharesOf(
  stage: Stage,
): Promise<{ readonly report: ProbeReport; readonly shares: readonly number[] }> {
  const { site, client } = stage
  const holder = await holderOf(stage)
  await site.on(holder, 'ipvsadm --zero')
  const report = await client.work(30)
  const table = await site.on(holder, 'ipvsadm -Ln --stats --exact')
  return { report, shares: [...table.matchAll(/^ +-> \S+ +(\d+)/gm)].map(([, count]) => Number(count)) }
}

/** Makes bare hosts a cluster, and the client its user. The cluster must be healthy within seconds. */
export async function converge(
  { site, client }: Pick<Stage, 'site' | 'client'>,
  broker: string,
  seconds: number,
): Promise<void> {
  const made = await site.run('playbooks/cluster.ts')
  strictEqual(made.exitCode, 0, made.all)
  await client.signUp(broker)
  await untilWhole(site, seconds)
}

/** Waits until playbooks/verify.ts finds no problem in the cluster. */
export async function untilWhole(site: Site, seconds: number): Promise<void> {
  await eventually(
    () => site.run('playbooks/verify.ts'),
    ({ exitCode }) => exitCode === 0,
    seconds,
  )
}
