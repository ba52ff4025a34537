import { connect } from 'node:net'
import type { Knock } from './outages.ts'

/** A client's first words. @see AMQP 0-9-1, 4.2.2 Protocol Header */
const header = Buffer.from('AMQP\0\0\x09\x01', 'latin1')

/** Milliseconds that a broker has for its first words. */
const patience = 1000

/** Where a broker is asked for. */
export interface Target {
  readonly host: string
  readonly port: number
}

/** Opens a connection, waits for the broker's first words, and closes it. */
function isAnswered({ host, port }: Target): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port })
    const end = (answered: boolean): void => {
      socket.destroy()
      resolve(answered)
    }
    socket.setTimeout(patience, () => end(false))
    socket.once('connect', () => socket.write(header))
    socket.once('data', () => end(true))
    socket.once('error', () => end(false))
    socket.once('close', () => end(false))
  })
}

/**
 * Tries new connections at a steady rate, whatever becomes of those before.
 * @param perSecond tries a second
 * @param clock seconds from the probe's beginning
 */
export async function knock(
  target: Target,
  perSecond: number,
  clock: () => number,
  signal: AbortSignal,
): Promise<readonly Knock[]> {
  const tries: Promise<Knock>[] = []
  const attempt = async (): Promise<Knock> => {
    const from = clock()
    return { from, answered: await isAnswered(target), to: clock() }
  }
  await new Promise<void>(resolve => {
    const timer = setInterval(() => tries.push(attempt()), 1000 / perSecond)
    const stop = (): void => {
      clearInterval(timer)
      resolve()
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  return Promise.all(tries)
}
