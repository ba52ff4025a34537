import { setTimeout as delay } from 'node:timers/promises'
import { connect, type Channel, type ChannelModel, type ConfirmChannel } from 'amqplib'
import type { Secret } from 'haq'
import type { Target } from './connection-attempts.ts'
import type { MessageCounters } from './message-counters.ts'

/** The broker, the user and the queue of the messages. */
export interface Traffic extends Target {
  readonly user: string
  readonly password: Secret
  readonly vhost: string
  readonly queue: string
  /** The type of the queue. Left out, the vhost's default type is used. */
  readonly queueType: 'classic' | 'quorum' | undefined
}

/** Seconds between heartbeats. A connection to a dead host is closed after two missed heartbeats. */
const heartbeat = 5

/** Milliseconds: how long opening or closing a connection may take, and how long to wait before the next attempt. */
const timeout = 3000
const retryDelay = 100

/**
 * RabbitMQ deletes the queue after this time without use, if the probe could not delete it (for instance after a
 * partition).
 */
const leftoverMilliseconds = 3_600_000

/** How many unacknowledged messages the consumer may hold. */
const prefetch = 20

/** A connection, and a function that closes it even if the broker is gone. */
interface Session {
  readonly connection: ChannelModel
  readonly end: () => Promise<void>
}

async function open({ host, port, user, password, vhost }: Traffic): Promise<Session> {
  const login = { hostname: host, port, username: user, password: password.reveal(), vhost, heartbeat }
  const socket = new AbortController()
  // These are options of net.connect; amqplib's types don't list all of them.
  const options = { timeout, signal: socket.signal }
  const connection = await connect({ protocol: 'amqp', ...login }, options)
  // An error also closes the connection, and the close event is handled elsewhere.
  connection.on('error', () => undefined)
  const end = async (): Promise<void> => {
    await Promise.race([connection.close().catch(() => undefined), delay(timeout)])
    socket.abort()
  }
  return { connection, end }
}

async function declare(channel: Channel, { queue, queueType }: Traffic): Promise<void> {
  await channel.assertQueue(queue, {
    durable: true,
    arguments: { 'x-expires': leftoverMilliseconds, ...(queueType && { 'x-queue-type': queueType }) },
  })
}

/** Runs `work` on a connection, and on a new one after each failure, until the work is done or the signal aborts. */
async function onConnections(
  traffic: Traffic,
  counters: MessageCounters,
  signal: AbortSignal,
  work: (connection: ChannelModel, closed: AbortSignal) => Promise<void>,
): Promise<void> {
  const mustContinue = (): boolean => !signal.aborted
  while (mustContinue()) {
    const session = await open(traffic).catch((error: unknown) => {
      counters.trouble = error instanceof Error ? error.message : String(error)
    })
    if (!session) {
      await delay(retryDelay)
      continue
    }
    const { connection, end } = session
    const closed = new AbortController()
    const abort = (): void => closed.abort()
    connection.once('close', abort)
    signal.addEventListener('abort', abort, { once: true })
    await work(connection, closed.signal).catch(() => undefined)
    signal.removeEventListener('abort', abort)
    if (mustContinue()) counters.broken++
    await end()
    if (mustContinue()) await delay(retryDelay)
  }
}

/**
 * Publishes durable messages at a steady rate, with a publisher confirm for each.
 * @param perSecond messages per second
 */
export function publish(
  traffic: Traffic,
  counters: MessageCounters,
  perSecond: number,
  signal: AbortSignal,
): Promise<void> {
  return onConnections(traffic, counters, signal, async (connection, closed) => {
    const channel = await connection.createConfirmChannel()
    channel.on('error', () => undefined)
    await declare(channel, traffic)
    while (!closed.aborted) {
      send(channel, traffic.queue, counters)
      await delay(1000 / perSecond)
    }
    // Wait for the open confirms. On a broken connection none will arrive.
    if (signal.aborted) await Promise.race([channel.waitForConfirms(), delay(timeout)])
  })
}

function send(channel: ConfirmChannel, queue: string, counters: MessageCounters): void {
  const message = counters.send()
  channel.sendToQueue(queue, Buffer.from(String(message)), { persistent: true }, (error: unknown) => {
    if (!error) counters.confirm(message)
    // A closing channel fails all its open messages. The broker has not refused those.
    else if (error instanceof Error && error.message === 'message nacked') counters.refused++
  })
}

/** Receives messages, and acknowledges each one. */
export function consume(traffic: Traffic, counters: MessageCounters, signal: AbortSignal): Promise<void> {
  return onConnections(traffic, counters, signal, async (connection, closed) => {
    const channel = await connection.createChannel()
    channel.on('error', () => undefined)
    await declare(channel, traffic)
    await channel.prefetch(prefetch)
    await new Promise<void>((resolve, reject) => {
      if (closed.aborted) return resolve()
      closed.addEventListener('abort', () => resolve(), { once: true })
      channel.once('close', () => resolve())
      const take = channel.consume(traffic.queue, message => {
        // The queue was deleted or has moved: consume again on a new connection.
        if (!message) return resolve()
        counters.receive(Number(message.content.toString()))
        channel.ack(message)
      })
      take.catch(reject)
    })
  })
}

/** Deletes the queue. An unreachable broker is not an error. */
export async function removeQueue(traffic: Traffic): Promise<void> {
  const session = await open(traffic).catch(() => undefined)
  const channel = await session?.connection.createChannel().catch(() => undefined)
  await channel?.deleteQueue(traffic.queue).catch(() => undefined)
  await session?.end()
}
