import { constants } from 'node:fs'
import { access, mkdir, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from './bench.ts'
import type { BenchLab } from './bench-lab.ts'
import { requireChange, requireNoop, root, timed, type Ended } from './command.ts'
import { forgetConnections } from './kept.ts'
import type { LoopbackSite } from './loopback.ts'
import type { Subject } from './work.ts'

const playbooks = join(root, 'test/bench/ansible')

/** The folder and the environment of a run of Ansible. */
interface Place {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** The command before `ansible-playbook`, for example one that enters a network namespace. */
  readonly within: readonly string[]
}

/** Debian's Ansible, alone and, if there is a copy of Mitogen, also with its strategy. */
export class Ansible {
  readonly #bench: Bench
  readonly #variants: readonly (readonly [name: string, env: NodeJS.ProcessEnv])[]

  private constructor(bench: Bench) {
    this.#bench = bench
    const { mitogen } = bench.options
    const strategy = { ANSIBLE_STRATEGY: 'mitogen_linear' }
    this.#variants = [
      ['ansible', {}],
      ...(mitogen === undefined
        ? []
        : [
            [
              'mitogen',
              { ...strategy, ANSIBLE_STRATEGY_PLUGINS: join(mitogen, 'ansible_mitogen/plugins/strategy') },
            ] as const,
          ]),
    ]
  }

  /** Finds Ansible or installs it. If that fails, it reports why Ansible's rows are left out. */
  static async find(bench: Bench): Promise<Ansible | undefined> {
    const { quick, peers } = bench.options
    if (quick || !peers) return undefined
    const options = { cwd: bench.folder, signal: bench.signal }
    const isThere = (): Promise<boolean> =>
      timed(['ansible-playbook', '--version'], options).then(
        () => true,
        () => false,
      )
    if (await isThere()) return new Ansible(bench)
    bench.refuseWhenEnding()
    const missing = await whyNotInstalled(bench)
    if (missing === undefined) return new Ansible(bench)
    bench.say(`  the rows of Ansible are left out: ${missing}`)
    return undefined
  }

  /** Four small tasks on all hosts of a loopback site. */
  tasks(site: LoopbackSite): readonly Subject[] {
    const place = { cwd: site.folder, env: site.loopback.env, within: [] }
    const words = ['-i', join(site.folder, 'site.ini'), '--forks', '50', join(playbooks, 'tasks.yml')]
    return this.#subjects(variant => async () => {
      const { ended, forget } = await this.#run(place, words, variant)
      await forget()
      requireNoop(ended, site.hosts, 4)
      return { seconds: ended.seconds }
    })
  }

  /** The work of the cluster playbook on a finished cluster. */
  cluster(lab: BenchLab, connection: 'cold' | 'kept'): readonly Subject[] {
    return this.#subjects(variant => {
      let sockets: string | undefined
      return async () => {
        const { ended, forget, folder } = await this.#cluster(lab, variant, sockets)
        requireNoop(ended, 2)
        if (connection === 'cold') await forget()
        else if (sockets === undefined) {
          sockets = folder
          this.#bench.atEnd(forget)
        }
        return { seconds: ended.seconds }
      }
    })
  }

  /**
   * The work of the cluster playbook on bare hosts.
   * @param reset makes the hosts bare again
   * @param prove checks that the cluster is complete
   */
  converge(lab: BenchLab, reset: () => Promise<void>, prove: () => Promise<void>): readonly Subject[] {
    return this.#subjects(variant => async () => {
      await reset()
      const { ended, forget } = await this.#cluster(lab, variant)
      requireChange(ended, 2)
      await forget()
      await prove()
      return { seconds: ended.seconds }
    })
  }

  #subjects(measure: (variant: NodeJS.ProcessEnv) => Subject['measure']): readonly Subject[] {
    return this.#variants.map(([name, env]) => ({ name, measure: measure(env) }))
  }

  #cluster(lab: BenchLab, variant: NodeJS.ProcessEnv, sockets?: string) {
    const within = ['nsenter', `--net=/run/netns/${lab.namespace}`]
    const ssh = { ANSIBLE_SSH_ARGS: `-F ${lab.sshConfig} -o ControlMaster=auto -o ControlPersist=60s` }
    const extra = Object.entries({ lvs: 'true', ...lab.extraVars }).flatMap(([key, value]) => ['-e', `${key}=${value}`])
    const words = ['-i', lab.ansibleInventory, ...extra, join(playbooks, 'cluster.yml')]
    return this.#run({ cwd: lab.folder, env: { ...lab.env, ...ssh }, within }, words, variant, sockets)
  }

  /** Runs a playbook with a new folder for kept connections, so that the first task finds no connection. */
  async #run(place: Place, words: readonly string[], variant: NodeJS.ProcessEnv, sockets?: string) {
    const { folder: own, signal } = this.#bench
    const folder = sockets ?? (await mkdtemp(join(own, 'cp-')))
    const home = join(own, 'ansible')
    await mkdir(home, { recursive: true, mode: 0o700 })
    const env = {
      ...place.env,
      ANSIBLE_CONFIG: join(playbooks, 'ansible.cfg'),
      ANSIBLE_HOME: home,
      ANSIBLE_LOCAL_TEMP: join(home, 'tmp'),
      ANSIBLE_SSH_CONTROL_PATH_DIR: folder,
      ANSIBLE_NOCOLOR: '1',
      LC_ALL: 'C.UTF-8',
      ...variant,
    }
    const forget = (): Promise<void> => forgetConnections(folder)
    const ended: Ended = await timed([...place.within, 'ansible-playbook', ...words], {
      cwd: place.cwd,
      signal,
      env,
    }).catch(async (error: unknown) => {
      await forget()
      throw error
    })
    return { ended, forget, folder }
  }
}

/** Installs Ansible with apt. @returns why it failed; nothing on success */
async function whyNotInstalled(bench: Bench): Promise<string | undefined> {
  const apt = '/usr/bin/apt-get'
  const isDebian = await access(apt, constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!isDebian) return 'it is not installed, and this machine has no apt-get to install it with'
  if (process.getuid?.() !== 0) return 'it is not installed, and only root can: apt-get install ansible-core'
  bench.say('  installing with apt-get: ansible-core')
  const options = { cwd: bench.folder, signal: bench.signal, env: { DEBIAN_FRONTEND: 'noninteractive' } }
  try {
    await timed([apt, '-q', 'update'], options)
    await timed([apt, '-q', '-y', 'install', '--no-install-recommends', 'ansible-core'], options)
    return undefined
  } catch (error) {
    bench.refuseWhenEnding()
    return error instanceof Error ? error.message : String(error)
  }
}
