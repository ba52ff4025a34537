import { randomBytes } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { UsageError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { probe } from '../../modules/rabbitmq/probe/probe.ts'
import { probeText } from '../../modules/rabbitmq/probe/text.ts'
import { readPassword } from './ask.ts'
import { exitStatus } from './exit.ts'
import { onInterrupt } from './interrupt.ts'
import { parseSeconds } from './options.ts'

/** The options of `haq probe`, as the command line gives them. */
export interface ProbeFlags {
  readonly user: string
  readonly passwordFile?: string
  readonly vhost: string
  readonly queueType?: 'classic' | 'quorum'
  readonly seconds: string
  readonly rate: string
  readonly connections: string
  readonly drain: string
  readonly output: 'plain' | 'json'
  readonly report?: string
}

/** Tests a broker as its client and prints a report. @returns the exit status, 2 when a confirmed message was lost */
export async function probeCommand(address: string, flags: ProbeFlags): Promise<number> {
  const target = parseTarget(address)
  const { user, vhost, queueType } = flags
  const options = {
    seconds: parseSeconds('--seconds', flags.seconds),
    drain: parseSeconds('--drain', flags.drain),
    rate: parseRate('--rate', flags.rate),
    connections: parseRate('--connections', flags.connections),
  }
  const password = await passwordOf(flags)
  const queue = `haq-probe-${randomBytes(6).toString('hex')}`
  const interrupt = onInterrupt()
  try {
    const report = await probe(
      { traffic: { ...target, user, password, vhost, queue, queueType }, ...options },
      interrupt.signal,
    )
    const json = `${JSON.stringify(report)}\n`
    if (flags.report !== undefined) await writeFile(flags.report, json)
    process.stdout.write(flags.output === 'json' ? json : probeText(report))
    if (report.messages.sent === 0) return exitStatus.unreachable
    return report.messages.lost > 0 ? exitStatus.failed : exitStatus.converged
  } finally {
    interrupt.stop()
  }
}

function parseTarget(address: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = '5672'] = /^([^:\s]+)(?::(\d+))?$/.exec(address) ?? []
  if (host !== '' && Number(port) >= 1 && Number(port) <= 65_535) return { host, port: Number(port) }
  throw new UsageError(`haq probe takes HOST or HOST:PORT, not ${address}`)
}

/** A rate per second. The upper limit keeps the probe from overloading the broker. */
function parseRate(option: string, text: string): number {
  const rate = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && rate > 0 && rate <= 1000) return rate
  throw new UsageError(`${option} takes a number above 0 and up to 1000 a second, not ${text}`)
}

async function passwordOf({ user, passwordFile }: ProbeFlags): Promise<Secret> {
  if (passwordFile === undefined) return readPassword(`password of ${user}: `)
  const { mode } = await stat(passwordFile).catch((cause: unknown) => {
    throw new UsageError(`${passwordFile} can't be read: ${cause instanceof Error ? cause.message : String(cause)}`)
  })
  if ((mode & 0o077) !== 0)
    throw new UsageError(`others may read ${passwordFile}`, { hint: `chmod 600 ${passwordFile}` })
  const [line = ''] = (await readFile(passwordFile, 'utf8')).split('\n')
  return new Secret(line)
}
