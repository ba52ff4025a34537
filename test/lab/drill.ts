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

/** One thing that breaks on a host, and how it is mended. */
export interface Drill {
  readonly name: string
  /** Whether a director goes on holding the virtual IP. */
  readonly keepsVip: boolean
  /** Both directors take themselves for the only one: once they see each other, the one with the higher priority is. */
  readonly splits?: true
  readonly breaks: (site: Site, host: string) => Promise<unknown>
  readonly mends: (site: Site, host: string) => Promise<unknown>
}

const by =
  (script: string) =>
  (site: Site, host: string): Promise<unknown> =>
    site.on(host, script)

/** What the failover tables in docs/rabbitmq-cluster.md are made of. */
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

/** Seconds of good order before the break, and from it to the end of the client's work. */
const before = 10
const after = 35

/** What a client sees that works while something is done. */
export async function seenDuring(client: Client, seconds: number, doing: () => Promise<unknown>): Promise<ProbeReport> {
  const work = client.work(seconds)
  // It is waited for after what may fail first.
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
 * Breaks something on a host while a client works, and mends it. Fails where a confirmed message was lost, where not all is
 * well again by itself, where the client has lost sight of the virtual IP, or where what came back has taken it over.
 * @param choose the host, as late as can be: what an earlier drill broke may still move the virtual IP
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
  // One that was cut off holds it too, and does not know better.
  const next = await site.vipHolders(directors.filter(director => director !== host || drill.keepsVip))
  await drill.mends(site, host)
  await untilWhole(site, 600)
  strictEqual(report.messages.lost, 0, JSON.stringify(report))
  ok(report.messages.confirmed > 0, JSON.stringify(report))
  await clientFindsHolder(stage)
  if (!drill.splits) deepStrictEqual(await site.vipHolders(directors), next, 'no preemption')
}

/** Fails where the client, by its table of neighbours, would send to another host than the one that holds the virtual IP. */
async function clientFindsHolder(stage: Stage): Promise<void> {
  const { site } = stage
  const address = await site.on(await holderOf(stage), 'cat /sys/class/net/eth1/address')
  const neighbour = await site.on('client', `ip neigh show ${vip}`)
  ok(neighbour.includes(` ${address.trim()} `), `the virtual IP is at ${address.trim()}; the client has ${neighbour}`)
}

/** Half a minute without a mishap: what a client saw, and how many connections each real server got, by the holder's kernel. */
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

/** Makes bare hosts the cluster, and the client a user of it; some seconds later at most, nothing is wrong with it. */
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

/** Waits until nothing is wrong in the cluster, as playbooks/verify.ts judges it. */
export async function untilWhole(site: Site, seconds: number): Promise<void> {
  await eventually(
    () => site.run('playbooks/verify.ts'),
    ({ exitCode }) => exitCode === 0,
    seconds,
  )
}
