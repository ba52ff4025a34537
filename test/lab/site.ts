import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { requireLabPrograms, type LabKernel, type LabSuite } from '../../src/lab/index.ts'
import type { HostShell } from '../../src/transport/host-shell.ts'
import { withShell } from '../shells.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const killedRun = join(root, 'dist/test/lab/killed-run.js')
const haqBin = join(root, 'dist/src/cli/main.js')

/** The virtual IP in every inventory of the project. */
export const vip = '192.168.1.120'

/** Why there can be no lab on this machine; undefined when it is possible. */
export async function whyNoLab(kernel: LabKernel = 'host'): Promise<string | undefined> {
  return requireLabPrograms(kernel).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
}

/** A task's line of `--output json`. */
interface TaskLine {
  readonly event: 'task'
  readonly host: string
  readonly task: string
  readonly status: string
  readonly changes: readonly { readonly what: string; readonly from: string; readonly to: string }[]
  readonly failure?: { readonly message: string }
}

/**
 * The process that SIGKILL ends: the run, after its first step; or each host's connection, after the first step there
 * or so many milliseconds after the start of a step.
 */
export type Blow = 'run' | 'connections' | number

/** The result of a run. */
export interface RunOutput {
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  readonly all: string
  readonly stderr: string
  readonly tasks: readonly TaskLine[]
  /** Hosts whose connection was cut by {@link Site.runHit}. */
  readonly cuts: readonly string[]
  readonly recap: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** The options of a site. */
interface SiteSpec {
  readonly suite: LabSuite
  readonly env: NodeJS.ProcessEnv
  readonly kernel?: LabKernel
  /** A file in `inventory/` or `test/lab/inventories/`; the reference pair where it is left out. */
  readonly inventory?: string
}

/** The lab of an inventory, separate from all other labs of this machine. */
export class Site {
  readonly #folder: string
  readonly #lab: readonly string[]
  readonly inventory: string
  readonly env: NodeJS.ProcessEnv

  private constructor(folder: string, { suite, env, kernel = 'host', inventory = 'prod.ts' }: SiteSpec) {
    this.#folder = folder
    this.inventory = join(folder, inventory)
    this.#lab = ['-i', this.inventory, '--suite', suite, '--kernel', kernel]
    this.env = { ...env, XDG_STATE_HOME: join(folder, 'state') }
  }

  static async up(spec: SiteSpec): Promise<Site> {
    const site = new Site(await mkdtemp(join(tmpdir(), 'haq-site-')), spec)
    const name = basename(site.inventory)
    const own = join(root, 'test/lab/inventories', name)
    await copyFile(existsSync(own) ? own : join(root, 'inventory', name), site.inventory)
    await site.mend()
    return site
  }

  /** Starts hosts that are not up: new hosts of the inventory, and hosts without power or network. */
  async mend(): Promise<void> {
    await this.haq('lab', 'up', ...this.#lab)
  }

  async down(): Promise<void> {
    await this.haq('lab', 'down', '-i', this.inventory)
    await rm(this.#folder, { recursive: true })
  }

  /** Runs haq and returns its standard output. @throws when it fails */
  async haq(...words: readonly string[]): Promise<string> {
    const { stdout } = await execa('node', [haqBin, ...words], { cwd: root, env: this.env, stdin: 'ignore' })
    return stdout
  }

  /** Starts a run in the lab, for a test that does something during the run. */
  start(playbook: string, ...words: readonly string[]) {
    const command = ['run', join(root, playbook), '-i', this.inventory, '--lab', '--output', 'json', ...words]
    const options = { cwd: root, env: this.env, stdin: 'ignore', all: true, reject: false } as const
    return execa('node', [haqBin, ...command], options)
  }

  /** Runs a playbook (its path in the repository) in the lab; it may fail. */
  async run(playbook: string, ...words: readonly string[]): Promise<RunOutput> {
    return this.runWithInput('', playbook, ...words)
  }

  /** Runs a playbook with text on standard input, such as a password. */
  async runWithInput(input: string, playbook: string, ...words: readonly string[]): Promise<RunOutput> {
    const command = ['run', join(root, playbook), '-i', this.inventory, '--lab', '--output', 'json', ...words]
    const options = { cwd: root, env: this.env, input, reject: false } as const
    return outputOf(await execa('node', [haqBin, ...command], options))
  }

  /** Undoes the run of a journal. */
  async undo(...words: readonly string[]): Promise<RunOutput> {
    const options = { cwd: root, env: this.env, stdin: 'ignore', reject: false } as const
    return outputOf(await execa('node', [haqBin, 'undo', '--output', 'json', ...words], options))
  }

  /** Runs a playbook that is killed once, on all hosts or on the given ones. */
  async runHit(blow: Blow, playbook: string, ...hosts: readonly string[]): Promise<RunOutput> {
    const words = [killedRun, String(blow), join(root, playbook), this.inventory, ...hosts]
    return outputOf(await execa('node', words, { cwd: root, env: this.env, stdin: 'ignore', reject: false }))
  }

  /**
   * Runs a playbook again and again and kills each run, until a run completes.
   * @param blowOf how the n-th run is killed
   * @returns the number of killed runs
   * @throws {Error} when a run fails for another reason, or no run completes
   */
  async runHitAtEveryStep(playbook: string, blowOf: (run: number) => Blow): Promise<number> {
    for (let hits = 0; hits < 200; hits++) {
      const blow = blowOf(hits)
      const output = await this.runHit(blow, playbook)
      if (output.exitCode === 0) return hits
      const wrong = blow === 'run' ? output.signal !== 'SIGKILL' : otherThanCuts(output)
      if (wrong) throw new Error(`after ${hits} runs that were hit: ${wrong}\n${output.all}`)
    }
    throw new Error('a run that is hit and the next one never come to an end')
  }

  /** The hosts that have the virtual IP on their interface; an unreachable host counts as one without it. */
  async vipHolders(among: readonly string[]): Promise<readonly string[]> {
    const found = await Promise.all(among.map(host => this.on(host, 'ip -4 -o address show dev eth1').catch(() => '')))
    return among.filter((_, index) => found[index]?.includes(` ${vip}/`))
  }

  /** Runs a script as root on a lab host, or on the client. @throws when it fails */
  async on(host: string, script: string): Promise<string> {
    return this.haq(...this.#exec(host), 'bash', '-c', script)
  }

  /** Calls a function with root's shell on a lab host, the same kind of shell as the engine uses. */
  async withShell<T>(host: string, use: (shell: HostShell) => Promise<T>): Promise<T> {
    return withShell(['env', `XDG_STATE_HOME=${this.#folder}/state`, 'node', haqBin, ...this.#exec(host)], use)
  }

  #exec(host: string): readonly string[] {
    return ['lab', 'exec', host, '-i', this.inventory, '--']
  }
}

/** Waits for a condition on real hosts. The error has the last value. */
export async function eventually<T>(look: () => Promise<T>, isGood: (seen: T) => boolean, seconds: number): Promise<T> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const seen = await look()
    if (isGood(seen)) return seen
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s; last seen: ${JSON.stringify(seen)}`)
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

/** The changes of a run, one line for each step, for a comparison. */
export function changesOf({ tasks }: RunOutput): readonly string[] {
  return tasks
    .flatMap(({ host, task, changes }) => changes.map(({ what, to }) => `${host}: ${task}: ${what} → ${to}`))
    .toSorted()
}

interface Ended {
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  readonly stdout: string
  readonly stderr: string
}

type Line =
  | TaskLine
  | { readonly event: 'cut'; readonly host: string }
  | { readonly event: 'recap'; readonly hosts: RunOutput['recap'] }

/** The tasks in the `--output json` of a run; none if the run was refused. */
function outputOf({ exitCode, signal, stdout, stderr }: Ended): RunOutput {
  const lines = stdout
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as Line)
  return {
    exitCode,
    signal,
    stderr,
    all: `${stdout}\n${stderr}`,
    tasks: lines.filter(line => line.event === 'task'),
    cuts: lines.flatMap(line => (line.event === 'cut' ? [line.host] : [])),
    recap: lines.find(line => line.event === 'recap')?.hosts ?? {},
  }
}

/** The failure of a run that the cut connections do not explain; undefined when they explain everything. */
export function otherThanCuts({ exitCode, tasks, cuts }: RunOutput): string | undefined {
  const ended = tasks.filter(({ status }) => status === 'unreachable' || status === 'failed')
  const strange = ended.find(({ host, status, failure }) => {
    const lost = cuts.filter(cut => (cut === host) === (status === 'unreachable'))
    return !lost.some(cut => failure?.message.startsWith(`${cut}: the connection was lost`))
  })
  if (strange) return `${strange.task} on ${strange.host}: ${strange.status}`
  const silent = cuts.find(cut => !ended.some(({ host, status }) => host === cut && status === 'unreachable'))
  if (silent !== undefined) return `${silent} lost its connection, and nothing said so`
  const expected = (cuts.length > 0 ? 4 : 0) + (ended.some(({ status }) => status === 'failed') ? 2 : 0)
  return exitCode === expected && cuts.length > 0 ? undefined : `exit status ${exitCode}, not ${expected}`
}
