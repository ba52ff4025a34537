import { setTimeout as delay } from 'node:timers/promises'
import { connect, type Channel, type ChannelModel, type ConfirmChannel } from 'amqplib'
import type { Secret } from 'haq'
import type { Target } from './knock.ts'
import type { Tally } from './tally.ts'

/** Whose messages go where. */
export interface Traffic extends Target {
  readonly user: string
  readonly password: Secret
  readonly vhost: string
  readonly queue: string
  /** The type that the queue is declared with; the vhost's own where it is left out. */
  readonly queueType: 'classic' | 'quorum' | undefined
}

/** Seconds between heartbeats: a connection whose other end is gone without a word breaks within two of them. */
const heartbeat = 5

/** Milliseconds that a broker has to open or close a connection, and until the next one is tried. */
const patience = 3000
const pause = 100

/** A queue that could not be removed, such as one that a partition brought back, goes when it was unused for so long. */
const leftoverMilliseconds = 3_600_000

/** Messages a consumer holds without having acknowledged them. */
const prefetch = 20

/** A connection, and how to end it, whether its other end is still there or not. */
interface Session {
  readonly connection: ChannelModel
  readonly end: () => Promise<void>
}

async function open({ host, port, user, password, vhost }: Traffic): Promise<Session> {
  const login = { hostname: host, port, username: user, password: password.reveal(), vhost, heartbeat }
  const socket = new AbortController()
  // These are net.connect's options, more of them than amqplib's types tell of.
  const options = { timeout: patience, signal: socket.signal }
  const connection = await connect({ protocol: 'amqp', ...login }, options)
  // What breaks it shows by its being closed.
  connection.on('error', () => undefined)
  const end = async (): Promise<void> => {
    await Promise.race([connection.close().catch(() => undefined), delay(patience)])
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

/** Works on one connection after the other, until the work is done or the signal says so. */
async function onConnections(
  traffic: Traffic,
  tally: Tally,
  signal: AbortSignal,
  work: (connection: ChannelModel, closed: AbortSignal) => Promise<void>,
): Promise<void> {
  const isWanted = (): boolean => !signal.aborted
  while (isWanted()) {
    const session = await open(traffic).catch((error: unknown) => {
      tally.trouble = error instanceof Error ? error.message : String(error)
    })
    if (!session) {
      await delay(pause)
      continue
    }
    const { connection, end } = session
    const closed = new AbortController()
    const abort = (): void => closed.abort()
    connection.once('close', abort)
    signal.addEventListener('abort', abort, { once: true })
    await work(connection, closed.signal).catch(() => undefined)
    signal.removeEventListener('abort', abort)
    if (isWanted()) tally.broken++
    await end()
    if (isWanted()) await delay(pause)
  }
}

/**
 * Publishes durable messages at a steady rate, each to be confirmed.
 * @param perSecond messages a second
 */
export function publish(traffic: Traffic, tally: Tally, perSecond: number, signal: AbortSignal): Promise<void> {
  return onConnections(traffic, tally, signal, async (connection, closed) => {
    const channel = await connection.createConfirmChannel()
    channel.on('error', () => undefined)
    await declare(channel, traffic)
    while (!closed.aborted) {
      send(channel, traffic.queue, tally)
      await delay(1000 / perSecond)
    }
    // What is on its way is waited for; where the connection is gone nothing comes any more.
    if (signal.aborted) await Promise.race([channel.waitForConfirms(), delay(patience)])
  })
}

function send(channel: ConfirmChannel, queue: string, tally: Tally): void {
  const message = tally.send()
  channel.sendToQueue(queue, Buffer.from(String(message)), { persistent: true }, (error: unknown) => {
    if (!error) tally.confirm(message)
    // A channel that closes gives up on all its messages; the broker has refused none of those.
    else if (error instanceof Error && error.message === 'message nacked') tally.refused++
  })
}

/** Receives messages and acknowledges each by hand. */
export function consume(traffic: Traffic, tally: Tally, signal: AbortSignal): Promise<void> {
  return onConnections(traffic, tally, signal, async (connection, closed) => {
    const channel = await connection.createChannel()
    channel.on('error', () => undefined)
    await declare(channel, traffic)
    await channel.prefetch(prefetch)
    await new Promise<void>((resolve, reject) => {
      if (closed.aborted) return resolve()
      closed.addEventListener('abort', () => resolve(), { once: true })
      channel.once('close', () => resolve())
      const take = channel.consume(traffic.queue, message => {
        // The queue is gone, or has moved: it is asked for anew.
        if (!message) return resolve()
        tally.receive(Number(message.content.toString()))
        channel.ack(message)
      })
      take.catch(reject)
    })
  })
}

/** Removes the queue; that it can't be reached is no reason to fail. */
export async function removeQueue(traffic: Traffic): Promise<void> {
  const session = await open(traffic).catch(() => undefined)
  const channel = await session?.connection.createChannel().catch(() => undefined)
  await channel?.deleteQueue(traffic.queue).catch(() => undefined)
  await session?.end()
}
