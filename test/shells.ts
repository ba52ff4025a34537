import { execaSync } from 'execa'
import { HostShell } from '../src/transport/host-shell.ts'
import type { Limits } from '../src/transport/limits.ts'

/** A shell that haq must get along with, and the words that start it; haq adds `sh`, which they take as a name. */
interface LocalShell {
  readonly name: string
  readonly exec: readonly string[]
}

const wanted: readonly LocalShell[] = [
  { name: 'dash', exec: ['dash', '-c', 'exec dash'] },
  { name: 'bash', exec: ['bash', '-c', 'exec bash'] },
  { name: 'busybox', exec: ['busybox', 'sh', '-c', 'exec busybox sh'] },
]

/** The shells of this machine; one that is missing is said to be skipped. */
export const shells = wanted.filter(({ name, exec }) => {
  const [command = '', ...words] = exec
  const works = execaSync(command, [...words.slice(0, -1), 'true'], { reject: false }).exitCode === 0
  if (!works) process.stdout.write(`skipped: ${name} is not on this machine\n`)
  return works
})

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
