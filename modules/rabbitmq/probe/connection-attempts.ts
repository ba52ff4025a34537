import { connect } from 'node:net'
import type { ConnectionAttempt } from './outages.ts'

/** The protocol header, which a client sends first. @see AMQP 0-9-1, 4.2.2 Protocol Header */
const header = Buffer.from('AMQP\0\0\x09\x01', 'latin1')

/** Milliseconds to wait for the broker's first bytes. */
const timeout = 1000

/** The address and port of a broker. */
export interface Target {
  readonly host: string
  readonly port: number
}

/** Opens a connection, waits for the broker's first bytes, and closes the connection. */
function brokerAnswers({ host, port }: Target): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port })
    const end = (answered: boolean): void => {
      socket.destroy()
      resolve(answered)
    }
    socket.setTimeout(timeout, () => end(false))
    socket.once('connect', () => socket.write(header))
    socket.once('data', () => end(true))
    socket.once('error', () => end(false))
    socket.once('close', () => end(false))
  })
}

/**
 * Opens new connections at a steady rate, without waiting for the earlier ones.
 * @param perSecond attempts per second
 * @param clock seconds since the probe started
 */
export async function attemptConnections(
  target: Target,
  perSecond: number,
  clock: () => number,
  signal: AbortSignal,
): Promise<readonly ConnectionAttempt[]> {
  const attempts: Promise<ConnectionAttempt>[] = []
  const attempt = async (): Promise<ConnectionAttempt> => {
    const from = clock()
    return { from, answered: await brokerAnswers(target), to: clock() }
  }
  await new Promise<void>(resolve => {
    const timer = setInterval(() => attempts.push(attempt()), 1000 / perSecond)
    const stop = (): void => {
      clearInterval(timer)
      resolve()
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  return Promise.all(attempts)
}
