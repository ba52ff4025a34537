import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { requireLabPrograms, type LabSuite } from '../../src/lab/index.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const killedRun = join(root, 'dist/test/lab/killed-run.js')
const haqBin = join(root, 'dist/src/cli/main.js')

/** Why there can be no lab on this machine; undefined where there can. */
export async function whyNoLab(): Promise<string | undefined> {
  return requireLabPrograms().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
}

/** What a task's line of `--output json` says. */
interface TaskLine {
  readonly event: 'task'
  readonly host: string
  readonly task: string
  readonly status: string
  readonly changes: readonly { readonly what: string; readonly from: string; readonly to: string }[]
}

/** What a run left behind. */
export interface RunOutput {
  readonly exitCode: number | undefined
  readonly all: string
  readonly tasks: readonly TaskLine[]
  readonly recap: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** The reference inventory's lab, apart from any other lab of this machine. */
export class Site {
  readonly #folder: string
  readonly inventory: string
  readonly env: NodeJS.ProcessEnv

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder
    this.inventory = join(folder, 'prod.ts')
    this.env = { ...env, XDG_STATE_HOME: join(folder, 'state') }
  }

  static async up(suite: LabSuite, env: NodeJS.ProcessEnv): Promise<Site> {
    const folder = await mkdtemp(join(tmpdir(), 'haq-site-'))
    await copyFile(join(root, 'inventory/prod.ts'), join(folder, 'prod.ts'))
    const site = new Site(folder, env)
    await site.haq('lab', 'up', '-i', site.inventory, '--suite', suite)
    return site
  }

  async down(): Promise<void> {
    await this.haq('lab', 'down', '-i', this.inventory)
    await rm(this.#folder, { recursive: true })
  }

  /** Runs haq and gives its standard output. @throws when it fails */
  async haq(...words: readonly string[]): Promise<string> {
    const { stdout } = await execa('node', [haqBin, ...words], { cwd: root, env: this.env, stdin: 'ignore' })
    return stdout
  }

  /** Starts a run in the lab, for a test that meets it while it goes on. */
  start(playbook: string, ...words: readonly string[]) {
    const command = ['run', join(root, playbook), '-i', this.inventory, '--lab', '--output', 'json', ...words]
    const options = { cwd: root, env: this.env, stdin: 'ignore', all: true, reject: false } as const
    return execa('node', [haqBin, ...command], options)
  }

  /** Runs a playbook, named by its path in the repository, in the lab, whatever comes of it. */
  async run(playbook: string, ...words: readonly string[]): Promise<RunOutput> {
    return this.runWithInput('', playbook, ...words)
  }

  /** Runs a playbook with something to read on standard input, such as a password. */
  async runWithInput(input: string, playbook: string, ...words: readonly string[]): Promise<RunOutput> {
    const command = ['run', join(root, playbook), '-i', this.inventory, '--lab', '--output', 'json', ...words]
    const { exitCode, stdout, stderr } = await execa('node', [haqBin, ...command], {
      cwd: root,
      env: this.env,
      input,
      reject: false,
    })
    const lines = stdout
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as { readonly event: string })
    return {
      exitCode,
      all: `${stdout}\n${stderr}`,
      tasks: lines.filter((line): line is TaskLine => line.event === 'task'),
      recap: (lines.at(-1) as unknown as { readonly hosts: RunOutput['recap'] }).hosts,
    }
  }

  /**
   * Runs a playbook again and again, each run killed right after its first step, until one has no step left to do.
   * @returns how many were killed
   * @throws {Error} when a run fails, or when there is no end to it
   */
  async runKilledAtEveryStep(playbook: string): Promise<number> {
    for (let killed = 0; killed < 200; killed++) {
      const words = [killedRun, '1', join(root, playbook), this.inventory]
      const { exitCode, signal, stderr } = await execa('node', words, {
        cwd: root,
        env: this.env,
        stdin: 'ignore',
        reject: false,
      })
      if (exitCode === 0) return killed
      if (signal !== 'SIGKILL') throw new Error(`after ${killed} killed runs: ${stderr}`)
    }
    throw new Error('a killed run and the next one never come to an end')
  }

  /** Runs a script as root on a lab host, or on the client. @throws when it fails */
  async on(host: string, script: string): Promise<string> {
    return this.haq('lab', 'exec', host, '-i', this.inventory, '--', 'bash', '-c', script)
  }
}

/** Waits for a condition on real hosts; it fails with what was last seen. */
export async function eventually<T>(look: () => Promise<T>, isGood: (seen: T) => boolean, seconds: number): Promise<T> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const seen = await look()
    if (isGood(seen)) return seen
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s; last seen: ${JSON.stringify(seen)}`)
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

/** What a run did or would do, one line a step, in a form that can be compared. */
export function changesOf({ tasks }: RunOutput): readonly string[] {
  return tasks
    .flatMap(({ host, task, changes }) => changes.map(({ what, to }) => `${host}: ${task}: ${what} → ${to}`))
    .toSorted()
}
