import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { once } from 'node:events'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'uvu'
import { inProject, type Folder } from './haq.ts'

/** The arguments of a probe that runs for one second, with the password in a file of the folder. */
const asGuest = ['-u', 'guest', '--password-file', 'password', '--seconds', '1', '--drain', '1'] as const

/** A project with a password in a file. */
const inProbeProject = (use: (folder: Folder) => Promise<void>): (() => Promise<void>) =>
  inProject(async folder => {
    const path = join(folder.path, 'password')
    await writeFile(path, 'CANARY\n')
    await chmod(path, 0o600)
    await use(folder)
  })

/** Runs a test with a server on this machine that handles each connection as given. The server ends with the test. */
async function withServer(meet: (socket: Socket) => void, use: (address: string) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    meet(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await use(`127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

const target = '127.0.0.1:1'
const refused: readonly (readonly [args: readonly string[], said: RegExp])[] = [
  [[...asGuest], /missing required argument 'address'/],
  [[target], /required option '-u, --user <name>' not specified/],
  ...['', 'host:', 'host:65536', 'amqp://host'].map(
    address => [[address, ...asGuest], /haq probe takes HOST or HOST:PORT, not /] as const,
  ),
  ...['--rate', '--connections'].flatMap(option =>
    ['0', '1000.5', 'fast'].map(
      rate =>
        [[target, ...asGuest, `${option}=${rate}`], /takes a number above 0 and up to 1000 a second, not /] as const,
    ),
  ),
  [[target, ...asGuest, '--seconds', 'long'], /--seconds takes seconds from 0 to 86400, not long/],
  [[target, ...asGuest, '--drain=-1'], /--drain takes seconds from 0 to 86400, not -1/],
  [[target, ...asGuest, '--queue-type', 'stream'], /Allowed choices are classic, quorum/],
  [[target, ...asGuest, '--password-file', 'nope'], /nope can't be read: ENOENT/],
  [[target, '-u', 'guest'], /no password was given/],
]

for (const [args, said] of refused)
  test(
    `haq probe ${args.join(' ')} is refused`,
    inProbeProject(async ({ haq }) => {
      const { exitCode, stdout, stderr } = await haq('probe', ...args)
      match(stderr, said)
      deepStrictEqual([exitCode, stdout], [1, ''])
    }),
  )

test(
  'a password that others may read is refused',
  inProbeProject(async ({ haq, path }) => {
    await chmod(join(path, 'password'), 0o640)
    const { exitCode, stderr } = await haq('probe', target, ...asGuest)
    match(stderr, /haq: others may read password\nhint: chmod 600 password/)
    strictEqual(exitCode, 1)
  }),
)

/** The probe ends soon after its second: to open and to close a connection may take at most 3 s each. */
async function endsSoon(running: ReturnType<Folder['haq']>) {
  const started = performance.now()
  const result = await running
  ok(performance.now() - started < 20_000, 'it takes too long')
  strictEqual(result.exitCode, 4, result.all)
  ok(!result.all.includes('CANARY'), 'the password shows')
  return result.stdout
}

test(
  'without a server the report says so, also as JSON in a file',
  inProbeProject(async ({ haq, path }) => {
    match(
      await endsSoon(haq('probe', target, ...asGuest, '--report', 'report.json')),
      /^1 s as a client\nconnections {2}\d+ tried, \d+ failed:\n +from second 0\.\d for \d\.\d s [^]*no message was sent: .*ECONNREFUSED/,
    )
    const report = JSON.parse(await readFile(join(path, 'report.json'), 'utf8')) as {
      readonly connections: { readonly tried: number; readonly failed: number }
      readonly messages: { readonly sent: number }
    }
    strictEqual(report.connections.tried, report.connections.failed)
    strictEqual(report.messages.sent, 0)
  }),
)

test(
  'a server that does not answer like a broker counts as no broker',
  inProbeProject(({ haq }) =>
    withServer(
      socket => socket.once('data', () => socket.end('AMQP\0\0\x09\x01')),
      async address =>
        match(await endsSoon(haq('probe', address, ...asGuest)), /\d+ tried, 0 failed\n[^]*no message was sent: /),
    ),
  ),
)

test(
  'Ctrl-C ends the probe soon, with a report, also when the server never answers',
  inProbeProject(async ({ haq }) => {
    let met = (): void => undefined
    const meeting = new Promise<void>(resolve => (met = resolve))
    await withServer(
      () => met(),
      async address => {
        const running = haq('probe', address, ...asGuest, '--seconds', '600')
        await meeting
        running.kill('SIGINT')
        match(await endsSoon(running), /as a client\nconnections {2}/)
      },
    )
  }),
)

test.run()
