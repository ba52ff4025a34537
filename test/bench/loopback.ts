import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, copyFile, mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Bench } from './bench.ts'
import { haqWords, program, root, timed } from './command.ts'

const sshd = '/usr/sbin/sshd'

/** sshd needs this empty folder when it runs as root; Debian's service makes it at its start. */
const privilegeFolder = '/run/sshd'

/** Many hosts that are one machine: loopback addresses with one sshd, which has its own host key and port. */
export class Loopback {
  /** The first folder in PATH, with an `ssh` that knows the hosts. All subjects use it. */
  readonly env: NodeJS.ProcessEnv
  /** The same with a proxy that delays and counts, controlled by BENCH_DELAY and BENCH_TRIPS. */
  readonly slowEnv: NodeJS.ProcessEnv
  readonly #bench: Bench

  private constructor(bench: Bench, folder: string) {
    this.#bench = bench
    const state = { XDG_STATE_HOME: join(folder, 'state'), XDG_CACHE_HOME: bench.cache }
    const path = (bin: string): string => `${join(folder, bin)}:${process.env['PATH'] ?? ''}`
    this.env = { ...state, PATH: path('bin') }
    this.slowEnv = { ...state, PATH: path('slow-bin') }
  }

  /** Starts the sshd. @throws {Error} when there is none */
  static async up(bench: Bench): Promise<Loopback> {
    await access(sshd).catch(() => {
      throw new Error(`there is no ${sshd}: apt-get install openssh-server`)
    })
    const folder = join(bench.folder, 'loopback')
    await mkdir(folder, { mode: 0o700 })
    const options = { cwd: folder, signal: bench.signal }
    for (const name of ['host_key', 'key'])
      await timed(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)], options)
    const port = await freePort()
    await writeServerFiles(folder, port)
    await writeClientFiles(folder, port)
    await start(bench, folder, port)
    return new Loopback(bench, folder)
  }

  /** Writes inventories of some hosts, with the tasks' folder and number as variables. */
  async site(name: string, hosts: number, tasks: number): Promise<LoopbackSite> {
    const addresses = Array.from({ length: hosts }, (_, i) => `127.1.${Math.floor(i / 250)}.${(i % 250) + 1}`)
    const folder = join(this.#bench.folder, name)
    await mkdir(folder, { mode: 0o700 })
    const { username, gid } = userInfo()
    const { stdout: group } = await timed(['id', '-gn'], { cwd: folder, signal: this.#bench.signal })
    const vars = { folder: join(folder, 'tasks'), count: tasks, owner: username, group: gid === 0 ? 'root' : group }
    const named = addresses.map(address => [`h${address.replaceAll('.', '-')}`, { address }] as const)
    const inventory = { groups: { site: { user: username, hosts: Object.fromEntries(named), vars } } }
    const lines = named.map(([host, { address }]) => `${host} ansible_host=${address} ansible_user=${username}`)
    const settings = Object.entries(vars).map(([key, value]) => `${key}=${value}`)
    await writeFile(join(folder, 'site.json'), JSON.stringify(inventory))
    await writeFile(join(folder, 'site.ini'), `${['[site]', ...lines, '[site:vars]', ...settings].join('\n')}\n`)
    await writeFile(join(folder, 'addresses'), addresses.map(address => `${address}\n`).join(''))
    return new LoopbackSite(this.#bench, this, folder, hosts, tasks)
  }
}

/** Some of the loopback's hosts, and tasks that change nothing after their first run. */
export class LoopbackSite {
  readonly folder: string
  readonly hosts: number
  readonly tasks: number
  readonly loopback: Loopback
  readonly #bench: Bench

  constructor(bench: Bench, loopback: Loopback, folder: string, hosts: number, tasks: number) {
    this.#bench = bench
    this.loopback = loopback
    this.folder = folder
    this.hosts = hosts
    this.tasks = tasks
  }

  /** The file with the hosts' addresses, one per line. */
  get addresses(): string {
    return join(this.folder, 'addresses')
  }

  get inventory(): string {
    return join(this.folder, 'site.json')
  }

  /** The command line of haq that runs the tasks. */
  haq(...words: readonly string[]): readonly string[] {
    return [...haqWords, 'run', tasksPlaybook, '-i', this.inventory, ...words]
  }

  /** Runs the tasks once on one host, because all hosts are the same machine. */
  async converge(): Promise<void> {
    const { folder, loopback } = this
    const options = { cwd: folder, signal: this.#bench.signal, env: loopback.env }
    await timed(this.haq('--limit', 'h127-1-0-1'), options)
    await this.#bench.forgetKept()
  }

  /** All scripts of the facts that the tasks read on a host, as one file. */
  async factScript(): Promise<string> {
    const words = [...program('fact-scripts'), tasksPlaybook, this.inventory]
    const { stdout } = await timed(words, { cwd: this.folder, signal: this.#bench.signal, env: this.loopback.env })
    const scripts = JSON.parse(stdout) as Readonly<Record<string, string>>
    const path = join(this.folder, 'facts.sh')
    await writeFile(path, scripts['h127-1-0-1'] ?? '')
    return path
  }
}

const tasksPlaybook = join(root, 'test/bench/playbooks/tasks.ts')

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function writeServerFiles(folder: string, port: number): Promise<void> {
  await copyFile(join(folder, 'key.pub'), join(folder, 'authorized_keys'))
  const settings = [
    // Every address of the loopback, and no other interface.
    `ListenAddress 0.0.0.0:${port} rdomain lo`,
    `HostKey ${join(folder, 'host_key')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    // The folder above the benchmark's folder is writable by everyone.
    'StrictModes no',
    'PidFile none',
    // With SHLVL set, bash does not read ~/.bashrc, in which version managers start many processes and wait for locks.
    'SetEnv SHLVL=1',
    'MaxStartups 2000',
    'LogLevel ERROR',
    'Subsystem sftp internal-sftp',
  ]
  await writeFile(join(folder, 'sshd_config'), `${settings.join('\n')}\n`)
}

/** Makes two `ssh` commands that know the hosts. They use options, which override any configuration of a subject. */
async function writeClientFiles(folder: string, port: number): Promise<void> {
  const hostKey = await readFile(join(folder, 'host_key.pub'), 'utf8')
  await writeFile(join(folder, 'known_hosts'), `[127.*]:${port} ${hostKey}`)
  const settings = [
    `Port=${port}`,
    `IdentityFile=${join(folder, 'key')}`,
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    `UserKnownHostsFile=${join(folder, 'known_hosts')}`,
    'GlobalKnownHostsFile=/dev/null',
    'StrictHostKeyChecking=yes',
    'BatchMode=yes',
  ]
  const proxy = `ProxyCommand=${program('wire').join(' ')} %h %p`
  const system = await systemSsh()
  for (const [bin, options] of [
    ['bin', settings],
    ['slow-bin', [...settings, proxy]],
  ] as const) {
    const words = options.map(option => `-o '${option}'`).join(' ')
    await mkdir(join(folder, bin))
    await writeFile(join(folder, bin, 'ssh'), `#!/bin/sh\nexec ${system} ${words} "$@"\n`, { mode: 0o755 })
  }
}

async function systemSsh(): Promise<string> {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    const path = join(folder, 'ssh')
    if (await isThere(path)) return path
  }
  throw new Error('there is no ssh: apt-get install openssh-client')
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

async function start(bench: Bench, folder: string, port: number): Promise<void> {
  if (userInfo().uid === 0 && !(await isThere(privilegeFolder))) {
    await mkdir(privilegeFolder, { mode: 0o755 })
    bench.atEnd(() => rmdir(privilegeFolder))
  }
  // A session of its own: Ctrl-C must not end sshd before its clients.
  const server = spawn(sshd, ['-D', '-e', '-f', join(folder, 'sshd_config')], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  server.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-1000)))
  const ended = once(server, 'exit')
  bench.atEnd(async () => {
    server.kill('SIGTERM')
    await ended
  })
  for (let tries = 0; tries < 100; tries++) {
    if (server.exitCode !== null) throw new Error(`sshd did not start: ${said}`)
    if (await answers(port)) return
    await setTimeout(50)
  }
  throw new Error(`sshd does not answer on port ${port}: ${said}`)
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
