import { execaSync } from 'execa'
import { HostShell } from '../src/transport/host-shell.ts'
import type { Limits } from '../src/transport/limits.ts'
import { shellEnvironment } from '../src/transport/reach.ts'

/** A shell that haq must get along with, and the words that start it; haq adds its own, which they do not look at. */
interface LocalShell {
  readonly name: string
  readonly exec: readonly string[]
}

const named = (...words: readonly string[]): readonly string[] => [...shellEnvironment, ...words]

const wanted: readonly LocalShell[] = [
  { name: 'dash', exec: named('dash', '-c', 'exec dash') },
  { name: 'bash', exec: named('bash', '-c', 'exec bash') },
  { name: 'busybox', exec: named('busybox', 'sh', '-c', 'exec busybox sh') },
]

/** The shells of this machine; one that is missing is said to be skipped. */
export const shells = wanted.filter(({ name, exec }) => {
  const [command = '', ...words] = exec
  const works = execaSync(command, [...words.slice(0, -1), 'true'], { reject: false }).exitCode === 0
  if (!works) process.stdout.write(`skipped: ${name} is not on this machine\n`)
  return works
})

/** Words that start a shell with variables of the test's own. @param exec those that start one without */
export function shellWith(
  variables: Readonly<Record<string, string>>,
  exec = named('sh', '-c', 'exec sh'),
): readonly string[] {
  const assigned = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  return exec.toSpliced(shellEnvironment.length, 0, ...assigned)
}

/** Does something with a shell, and closes it whatever happens. */
export async function withShell<T>(
  exec: readonly string[],
  use: (shell: HostShell) => Promise<T>,
  limits: Partial<Limits> = { end: 0.2 },
): Promise<T> {
  const shell = new HostShell('here', { connection: 'exec', address: 'here', exec }, limits)
  try {
    return await use(shell)
  } finally {
    await shell.close()
  }
}
