import { setTimeout as delay } from 'node:timers/promises'
import { knock } from './knock.ts'
import { outagesOf, type Outage } from './outages.ts'
import { Tally, type MessageCounts } from './tally.ts'
import { consume, publish, removeQueue, type Traffic } from './traffic.ts'

/** What is asked of a probe. */
export interface ProbeOptions {
  readonly traffic: Traffic
  /** Seconds that messages are published and connections are tried. */
  readonly seconds: number
  /** Messages a second. */
  readonly rate: number
  /** New connections a second. */
  readonly connections: number
  /** Seconds that messages which were confirmed have to come in, after the last one was published. */
  readonly drain: number
}

/** What a client saw. */
export interface ProbeReport {
  readonly seconds: number
  readonly connections: {
    readonly tried: number
    readonly failed: number
    /** Times in which no new connection was answered. */
    readonly outages: readonly Outage[]
  }
  readonly messages: MessageCounts
  /** Why no message was sent at all, as the broker or the network said it. */
  readonly trouble?: string
}

/** Is a client of a broker for a while: publishes, consumes, and tries new connections all along. */
export async function probe(options: ProbeOptions, interrupt: AbortSignal): Promise<ProbeReport> {
  const { traffic, seconds, rate, connections, drain } = options
  const start = performance.now()
  const clock = (): number => (performance.now() - start) / 1000
  const tally = new Tally(clock)
  const over = new AbortController()
  const end = (): void => over.abort()
  const timer = setTimeout(end, seconds * 1000)
  interrupt.addEventListener('abort', end, { once: true })
  const consumerStop = new AbortController()
  const consumer = consume(traffic, tally, consumerStop.signal)
  const [knocks] = await Promise.all([
    knock(traffic, connections, clock, over.signal),
    publish(traffic, tally, rate, over.signal),
  ])
  clearTimeout(timer)
  const lasted = clock()
  const deadline = lasted + drain
  while (tally.missing().length > 0 && clock() < deadline) await delay(50)
  consumerStop.abort()
  await consumer
  await removeQueue(traffic)
  const messages = tally.counts(lasted)
  const failed = knocks.filter(({ answered }) => !answered).length
  return {
    seconds: lasted,
    connections: { tried: knocks.length, failed, outages: outagesOf(knocks) },
    messages,
    ...(messages.sent === 0 && tally.trouble !== undefined ? { trouble: tally.trouble } : {}),
  }
}
