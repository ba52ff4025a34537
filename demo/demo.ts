import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { HaqError } from '../src/core/errors.ts'
import { installLabPrograms } from '../src/lab/index.ts'

const inventory = 'inventory/prod'
const haqBin = 'dist/src/cli/main.cjs'

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const title = (text: string): void => say(`\n── ${text}`)

/**
 * The demo's Erlang cookie. It is created once, in a file that only its owner can read. A second demo finds the same
 * cluster.
 */
async function demoCookie(): Promise<string> {
  const folder = join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'), 'haq')
  const path = join(folder, 'demo-cookie')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const known = await readFile(path, 'utf8').catch(() => undefined)
  if (known) return known
  const cookie = randomBytes(24).toString('hex')
  await writeFile(path, cookie, { mode: 0o600 })
  return cookie
}

/** Runs haq as a user would, prints its output, and returns it. */
async function haq(words: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  say(`$ haq ${words.join(' ')}`)
  const { stdout } = await execa('node', [haqBin, ...words], {
    env,
    stdin: 'ignore',
    stdout: ['inherit', 'pipe'],
    stderr: 'inherit',
  })
  return stdout
}

async function onHost(host: string, ...command: readonly string[]): Promise<string> {
  const { stdout } = await execa('node', [haqBin, 'lab', 'exec', host, '-i', inventory, '--', ...command], {
    stdin: 'ignore',
  })
  return stdout
}

async function demo(): Promise<void> {
  const env = { HAQ_ERLANG_COOKIE: process.env['HAQ_ERLANG_COOKIE'] ?? (await demoCookie()) }
  const run = ['run', 'playbooks/cluster.ts', '-i', inventory, '--lab', '--output', 'plain']

  title('Two bare hosts, in an isolated network')
  await installLabPrograms('host', say)
  await haq(['lab', 'up', '-i', inventory], env)

  title('The cluster playbook sets up a RabbitMQ cluster behind a virtual IP')
  await haq(run, env)

  title('The second run has nothing to change')
  const second = await haq(run, env)
  const changed = [...second.matchAll(/ changed=(\d+)/g)].map(([, count]) => count)
  if (changed.length === 0 || changed.some(count => count !== '0')) throw new Error('the second run changed something')

  title('The current state')
  const status = JSON.parse(await onHost('initiator', 'rabbitmqctl', 'cluster_status', '--formatter', 'json')) as {
    running_nodes: readonly string[]
  }
  say(`cluster members   ${status.running_nodes.join(', ')}`)
  say(`VIP 192.168.1.120 on ${await vipHolder()}`)
  say(`AMQP from a client on the VIP: ${await amqpGreeting()}`)

  title('Commands to try')
  say(`haq lab ssh initiator -i ${inventory}`)
  say(`haq lab exec initiator -i ${inventory} -- rabbitmqctl cluster_status`)
  say(`haq lab exec initiator -i ${inventory} -- systemctl stop keepalived     # the VIP moves`)
  say(`haq run playbooks/cluster.ts -i ${inventory} --lab --check --diff        # needs HAQ_ERLANG_COOKIE`)
  say(`haq lab down -i ${inventory}                                             # removes the lab`)
  say(`(haq stands for: node ${haqBin})`)
}

async function vipHolder(): Promise<string> {
  for (const host of ['initiator', 'mygateway'])
    if ((await onHost(host, 'ip', '-4', '-o', 'address', 'show', 'dev', 'eth1')).includes(' 192.168.1.120/'))
      return host
  throw new Error('no host holds the VIP')
}

/** The first bytes of the broker for a client outside the cluster. */
async function amqpGreeting(): Promise<string> {
  const greet = String.raw`exec 3<>/dev/tcp/192.168.1.120/5672; printf 'AMQP\0\0\011\001' >&3; timeout 5 head -c 400 <&3 | tr -cd '[:print:]'`
  const [name] = /rabbit@(?:initiator|mygateway)/.exec(await onHost('client', 'bash', '-c', greet)) ?? []
  if (!name) throw new Error('no broker answers on the VIP')
  return `${name} answers`
}

try {
  await demo()
} catch (error) {
  const hint = error instanceof HaqError && error.hint ? `\nhint: ${error.hint}` : ''
  process.stderr.write(`\ndemo: ${error instanceof Error ? error.message : String(error)}${hint}\n`)
  process.exitCode = 1
}
