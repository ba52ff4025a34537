import { openSync, writeSync } from 'node:fs'
import { connect, type Socket } from 'node:net'

/**
 * A ProxyCommand for ssh: `wire.js HOST PORT`. It delays each direction by BENCH_DELAY milliseconds. The file
 * BENCH_TRIPS grows by one byte each time the client sends after the server has sent.
 */
const [host = '', port = ''] = process.argv.slice(2)
const delay = Number(process.env['BENCH_DELAY'] ?? 0)
const tripsFile = process.env['BENCH_TRIPS']
const trips = tripsFile === undefined ? undefined : openSync(tripsFile, 'a')

let serverSpoke = false
const server: Socket = connect({ host, port: Number(port), noDelay: true })

function late(act: () => void): void {
  // Timers with the same delay fire in the order in which they were set.
  if (delay > 0) setTimeout(act, delay)
  else act()
}

process.stdin.on('data', (chunk: Buffer) => {
  if (serverSpoke && trips !== undefined) writeSync(trips, '.')
  serverSpoke = false
  late(() => server.write(chunk))
})
process.stdin.on('end', () => late(() => server.end()))
server.on('data', (chunk: Buffer) =>
  late(() => {
    serverSpoke = true
    process.stdout.write(chunk)
  }),
)
server.on('end', () => late(() => process.exit()))
server.on('error', error => {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
})
process.stdout.on('error', () => process.exit())
