import { setTimeout as delay } from 'node:timers/promises'
import { attemptConnections } from './connection-attempts.ts'
import { outagesOf, type Outage } from './outages.ts'
import { MessageCounters, type MessageCounts } from './message-counters.ts'
import { consume, publish, removeQueue, type Traffic } from './traffic.ts'

/** Options of a probe. */
export interface ProbeOptions {
  readonly traffic: Traffic
  /** How long the probe publishes messages and opens connections, in seconds. */
  readonly seconds: number
  /** Messages per second. */
  readonly rate: number
  /** New connections per second. */
  readonly connections: number
  /** How long to wait for confirmed messages after the last one was published, in seconds. */
  readonly drain: number
}

/** The results of a probe. */
export interface ProbeReport {
  readonly seconds: number
  readonly connections: {
    readonly tried: number
    readonly failed: number
    /** Periods in which no new connection was answered. */
    readonly outages: readonly Outage[]
  }
  readonly messages: MessageCounts
  /** Why no message could be sent: the last error of the broker or the network. */
  readonly trouble?: string
}

/** Acts as a client of a broker for some time: publishes and consumes messages, and opens new connections. */
export async function probe(options: ProbeOptions, interrupt: AbortSignal): Promise<ProbeReport> {
  const { traffic, seconds, rate, connections, drain } = options
  const start = performance.now()
  const clock = (): number => (performance.now() - start) / 1000
  const counters = new MessageCounters(clock)
  const over = new AbortController()
  const end = (): void => over.abort()
  const timer = setTimeout(end, seconds * 1000)
  interrupt.addEventListener('abort', end, { once: true })
  const consumerStop = new AbortController()
  const consumer = consume(traffic, counters, consumerStop.signal)
  const [attempts] = await Promise.all([
    attemptConnections(traffic, connections, clock, over.signal),
    publish(traffic, counters, rate, over.signal),
  ])
  clearTimeout(timer)
  const lasted = clock()
  const deadline = lasted + drain
  while (counters.missing().length > 0 && clock() < deadline) await delay(50)
  consumerStop.abort()
  await consumer
  await removeQueue(traffic)
  const messages = counters.counts(lasted)
  const failed = attempts.filter(({ answered }) => !answered).length
  return {
    seconds: lasted,
    connections: { tried: attempts.length, failed, outages: outagesOf(attempts) },
    messages,
    ...(messages.sent === 0 && counters.trouble !== undefined ? { trouble: counters.trouble } : {}),
  }
}
