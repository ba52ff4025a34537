import { setTimeout as delay } from 'node:timers/promises'
import type { ProbeReport } from '../../src/probe/probe.ts'
import type { Client } from './client.ts'
import { eventually, type Site } from './site.ts'

/** One thing that breaks, on the host that holds the virtual IP, and how it is mended. */
export interface Drill {
  readonly name: string
  /** Whether the host goes on holding the virtual IP. */
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

/** What the failover tables in the README are made of. */
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

/** The host among these that holds the virtual IP on its interface. */
export async function holderOf(site: Site, hosts: readonly string[], vip: string): Promise<string | undefined> {
  const found = await Promise.all(hosts.map(host => site.on(host, 'ip -4 -o address show dev eth1').catch(() => '')))
  return hosts.find((_, index) => found[index]?.includes(` ${vip}/`))
}

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

/** Breaks a thing while a client works, and gives what the client saw. The thing stays broken. */
export async function whileBroken(site: Site, client: Client, { breaks }: Drill, host: string): Promise<ProbeReport> {
  const work = client.work(before + after)
  // It is waited for after what may fail first.
  work.catch(() => undefined)
  await delay(before * 1000)
  await breaks(site, host)
  return work
}

/** Half a minute without a mishap: what a client saw, and how many connections each real server got, by the holder's kernel. */
export async function sharesOf(
  site: Site,
  client: Client,
  holder: string,
): Promise<{ readonly report: ProbeReport; readonly shares: readonly number[] }> {
  await site.on(holder, 'ipvsadm --zero')
  const report = await client.work(30)
  const table = await site.on(holder, 'ipvsadm -Ln --stats --exact')
  return { report, shares: [...table.matchAll(/^ +-> \S+ +(\d+)/gm)].map(([, count]) => Number(count)) }
}

/** Waits until nothing is wrong in the cluster, as playbooks/verify.ts judges it. */
export async function untilWhole(site: Site, seconds: number): Promise<void> {
  await eventually(
    () => site.run('playbooks/verify.ts'),
    ({ exitCode }) => exitCode === 0,
    seconds,
  )
}
