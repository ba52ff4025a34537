import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import prod from '../../inventory/prod.ts'
import { installLabPrograms } from '../../src/lab/index.ts'
import { ansibleFiles } from './ansible-files.ts'
import type { Bench } from './bench.ts'
import { haqWords, program, root, timed, type Ended } from './command.ts'

const rabbit = prod.groups?.['rabbit'] ?? {}

/** A host of the lab, for the `floor` subject. */
export interface Reached {
  readonly host: string
  readonly ssh: readonly string[]
  /** One script that reads all facts of the cluster playbook on the host. */
  readonly facts: string
}

/** The lab of the reference inventory with the cluster, separate from all other labs of this machine. */
export class BenchLab {
  readonly folder: string
  readonly inventory: string
  /** The same hosts and variables for Ansible. */
  readonly ansibleInventory: string
  readonly env: NodeJS.ProcessEnv
  readonly hosts: readonly string[] = Object.keys(rabbit.hosts ?? {})
  /** The namespace of the lab's network, in which ssh to the hosts starts. */
  namespace = ''
  sshConfig = ''
  /** Variables for features that this kernel does not have. */
  extraVars: Readonly<Record<string, string>> = {}
  readonly #bench: Bench

  private constructor(bench: Bench, folder: string) {
    this.#bench = bench
    this.folder = folder
    this.inventory = join(folder, 'prod.ts')
    this.ansibleInventory = join(folder, 'prod.ini')
    const secrets = { HAQ_ERLANG_COOKIE: randomBytes(20).toString('hex'), HAQ_VRRP_PASSWORD: 'bench' }
    this.env = { ...secrets, XDG_STATE_HOME: join(folder, 'state') }
  }

  /** Starts the lab and makes the cluster in it. @throws {Error} when there can be no lab */
  static async up(bench: Bench): Promise<BenchLab> {
    await installLabPrograms('host', message => bench.say(`  ${message}`))
    const folder = join(bench.folder, 'lab')
    await mkdir(folder, { mode: 0o700 })
    const lab = new BenchLab(bench, folder)
    await copyFile(join(root, 'inventory/prod.ts'), lab.inventory)
    await writeFile(lab.ansibleInventory, ansibleInventory(folder))
    const link = String(prod.vars?.['interface'])
    for (const [name, text] of ansibleFiles(link)) await writeFile(join(folder, name), text)
    bench.say('  bringing the lab up')
    bench.atEnd(() => lab.#down())
    await lab.haq('lab', 'up', '-i', lab.inventory)
    const about = JSON.parse((await lab.#ask('lab-status', lab.inventory)).stdout) as Pick<
      BenchLab,
      'namespace' | 'sshConfig' | 'extraVars'
    >
    Object.assign(lab, about)
    bench.say('  making the cluster')
    await lab.haq(...lab.clusterRun('--keep-connections', '0'))
    return lab
  }

  /** The command line of haq for the cluster playbook in the lab. */
  clusterRun(...words: readonly string[]): readonly string[] {
    return ['run', join(root, 'playbooks/cluster.ts'), '-i', this.inventory, '--lab', ...words]
  }

  /** Runs haq with the benchmark's cache, which has the kept connections. @throws {Error} when it fails */
  runCluster(...words: readonly string[]): Promise<Ended> {
    return this.run([...haqWords, ...this.clusterRun(...words)], { XDG_CACHE_HOME: this.#bench.cache })
  }

  /** Runs haq. @throws {Error} when it fails */
  haq(...words: readonly string[]): Promise<Ended> {
    return this.run([...haqWords, ...words])
  }

  /** Runs a command with the lab's state and secrets. @throws {Error} when it fails */
  run(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return timed(words, { cwd: this.folder, signal: this.#bench.signal, env: { ...this.env, ...env } })
  }

  /** Runs a script as root on a host. @throws {Error} when it fails */
  async on(host: string, script: string): Promise<string> {
    return (await this.haq('lab', 'exec', host, '-i', this.inventory, '--', 'bash', '-c', script)).stdout
  }

  /** The hosts, each with the facts that a run of the cluster playbook reads. */
  async reached(): Promise<readonly Reached[]> {
    const { stdout } = await this.#ask('fact-scripts', join(root, 'playbooks/cluster.ts'), this.inventory, 'lab')
    const ssh = ['nsenter', `--net=/run/netns/${this.namespace}`, 'ssh', '-F', this.sshConfig]
    return Object.entries(JSON.parse(stdout) as Readonly<Record<string, string>>).map(([host, facts]) => ({
      host,
      ssh,
      facts,
    }))
  }

  #ask(name: string, ...words: readonly string[]): Promise<Ended> {
    return this.run([...program(name), ...words])
  }

  async #down(): Promise<void> {
    const options = { cwd: this.folder, signal: new AbortController().signal, env: this.env }
    await timed([...haqWords, 'lab', 'down', '-i', this.inventory], options)
  }
}

/** @param files the folder of the files that Ansible copies to hosts */
function ansibleInventory(files: string): string {
  const hosts = Object.entries(rabbit.hosts ?? {}).map(
    ([name, host]) =>
      `${name} ansible_host=${host?.address ?? name} ansible_user=root priority=${String(host?.vars?.['priority'])}`,
  )
  const { vip, interface: link } = prod.vars ?? {}
  const vars = [`vip=${String(vip)}`, `interface=${String(link)}`, 'vhost=cluster', `files=${files}`]
  const password = `vrrp_password={{ lookup("ansible.builtin.env", "HAQ_VRRP_PASSWORD") }}`
  return `${['[rabbit]', ...hosts, '[rabbit:vars]', ...vars, password].join('\n')}\n`
}
