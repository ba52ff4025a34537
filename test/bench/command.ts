import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { execa } from 'execa'

/** The repository. */
export const root = fileURLToPath(new URL('../../../', import.meta.url))

const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: { haq: string } }

/** The words that run haq as its package installs it. */
export const haqWords = [process.execPath, join(root, bin.haq)] as const

/** The words that run one of the benchmark's own programs. */
export const program = (name: string): readonly string[] => [
  process.execPath,
  fileURLToPath(new URL(`programs/${name}.js`, import.meta.url)),
]

/** What a command needs beside its words. */
export interface CommandOptions {
  readonly cwd: string
  readonly signal: AbortSignal
  readonly env?: NodeJS.ProcessEnv
}

/** A command that ended well. */
export interface Ended {
  readonly seconds: number
  readonly stdout: string
}

/** Characters of a command's end that a complaint shows. */
const shown = 1500

/** Runs a command from its start to its end. @throws {Error} with the end of what it wrote, when it fails */
export async function timed(words: readonly string[], options: CommandOptions): Promise<Ended> {
  const [command = '', ...rest] = words
  const { cwd, env, signal } = options
  signal.throwIfAborted()
  const start = performance.now()
  // A group of its own: what it has started must end with it.
  const running = execa(command, rest, { cwd, stdin: 'ignore', reject: false, detached: true, ...(env && { env }) })
  const isLate = endsWith(running.pid, signal)
  const result = await running
  const seconds = (performance.now() - start) / 1000
  const late = isLate()
  signal.throwIfAborted()
  if (late) throw new Error(`${words.slice(0, 4).join(' ')} … did not end within ${limit} s`)
  if (result.exitCode !== 0) {
    const said = `${result.stdout}\n${result.stderr}`.trim().slice(-shown)
    throw new Error(`${words.slice(0, 4).join(' ')} … ended with ${result.exitCode ?? result.shortMessage}:\n${said}`)
  }
  return { seconds, stdout: result.stdout }
}

/** Seconds after which a command is taken for one that never ends. */
export const limit = 600

/** Milliseconds that a command and what it started get to end by themselves. */
const patience = 5000

/**
 * Ends a command that leads a group, with all that is in the group, when its time is over or the benchmark is to end.
 * @returns to be called when it has ended: whether its time was over
 */
export function endsWith(pid: number | undefined, signal: AbortSignal): () => boolean {
  let isLate = false
  const send = (name: NodeJS.Signals): void => {
    try {
      if (pid !== undefined) process.kill(-pid, name)
    } catch {
      // It is gone.
    }
  }
  const end = (): void => {
    send('SIGTERM')
    setTimeout(() => send('SIGKILL'), patience).unref()
  }
  const timer = setTimeout(() => {
    isLate = true
    end()
  }, limit * 1000)
  signal.addEventListener('abort', end)
  return () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
    return isLate
  }
}

/** The closing counts of a host, or of so many hosts that have the same ones. */
interface RecapLine {
  readonly host: string
  readonly hosts: number
  readonly counts: Readonly<Record<string, number>>
}

/** The closing counts of a run; haq and Ansible write them alike. */
function recapOf(stdout: string): readonly RecapLine[] {
  const lines = stripVTControlCharacters(stdout).matchAll(/^(\d+ hosts|\S+)\s*:?\s+(ok=\d+(?:\s+\w+=\d+)+)\s*$/gm)
  return [...lines].map(([, host = '', counts = '']) => ({
    host,
    hosts: host.endsWith(' hosts') ? parseInt(host, 10) : 1,
    counts: Object.fromEntries(
      [...counts.matchAll(/(\w+)=(\d+)/g)].map(([, word = '', count]) => [word, Number(count)]),
    ),
  }))
}

/**
 * Sees to it that a run was on all hosts, and had nothing to change there.
 * @param tasks how many tasks must have been ok on each host, where that is the same on all
 * @throws {Error} when it was not
 */
export function requireNoop({ stdout }: Pick<Ended, 'stdout'>, hosts: number, tasks?: number): void {
  const recap = requireRecap(stdout, hosts)
  for (const { host, counts } of recap) {
    if (counts['changed'] !== 0)
      throw new Error(`it should have found nothing to do, and changed ${host}:\n${tail(stdout)}`)
    if (tasks !== undefined && counts['ok'] !== tasks)
      throw new Error(`${host} has ${counts['ok']} tasks that are ok, not ${tasks}:\n${tail(stdout)}`)
  }
}

/** Sees to it that a run changed something, and that no host failed. @throws {Error} when it was not so */
export function requireChange({ stdout }: Pick<Ended, 'stdout'>, hosts: number): void {
  for (const { host, counts } of requireRecap(stdout, hosts))
    if (!counts['changed']) throw new Error(`it should have changed ${host}, and did not:\n${tail(stdout)}`)
}

function requireRecap(stdout: string, hosts: number): readonly RecapLine[] {
  const recap = recapOf(stdout)
  const found = recap.reduce((sum, line) => sum + line.hosts, 0)
  if (found !== hosts) throw new Error(`its recap has ${found} hosts, not ${hosts}:\n${tail(stdout)}`)
  for (const { host, counts } of recap)
    if (counts['failed'] !== 0 || counts['unreachable'] !== 0) throw new Error(`${host} failed:\n${tail(stdout)}`)
  return recap
}

const tail = (text: string): string => text.trim().slice(-shown)
