import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { execa } from 'execa'

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../../../', import.meta.url))

const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: { haq: string } }

/** The command line of haq, as its package installs it. */
export const haqWords = [process.execPath, join(root, bin.haq)] as const

/** The command line of one of the benchmark's programs. */
export const program = (name: string): readonly string[] => [
  process.execPath,
  fileURLToPath(new URL(`programs/${name}.js`, import.meta.url)),
]

/** Options of a command. */
export interface CommandOptions {
  readonly cwd: string
  readonly signal: AbortSignal
  readonly env?: NodeJS.ProcessEnv
}

/** A command that succeeded. */
export interface Ended {
  readonly seconds: number
  readonly stdout: string
}

/** The most characters of a command's last output in an error message. */
const shown = 1500

/** Runs a command until its end. @throws {Error} with its last output, when it fails */
export async function timed(words: readonly string[], options: CommandOptions): Promise<Ended> {
  const [command = '', ...rest] = words
  const { cwd, env, signal } = options
  signal.throwIfAborted()
  const start = performance.now()
  // A process group of its own, so that its child processes can be ended with it.
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

/** Seconds after which a command is ended. */
export const limit = 600

/** Milliseconds after which a command and its child processes are killed. */
const patience = 5000

/**
 * Ends a command with its process group when its time is over or the benchmark is interrupted.
 * @returns a function to call when the command has ended; it returns whether the time was over
 */
export function endsWith(pid: number | undefined, signal: AbortSignal): () => boolean {
  let isLate = false
  const send = (name: NodeJS.Signals): void => {
    try {
      if (pid !== undefined) process.kill(-pid, name)
    } catch {
      // The process has ended already.
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

/** The recap's counts of a host, or of several hosts with the same counts. */
interface RecapLine {
  readonly host: string
  readonly hosts: number
  readonly counts: Readonly<Record<string, number>>
}

/** The counts in the recap of a run; haq and Ansible write them in the same way. */
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
 * Checks that a run was on all hosts, and changed nothing.
 * @param tasks the number of tasks that must have been ok on each host, if it is the same on all
 * @throws {Error} when it was not so
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

/** Checks that a run changed something, and that no host failed. @throws {Error} when it was not so */
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
