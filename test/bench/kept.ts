import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { timed } from './command.ts'

/** The folder in a cache in which haq keeps connections for the next run. */
export const haqSockets = (cache: string): string => join(cache, 'haq', 'ssh')

/** Options with which haq keeps connections longer than a round takes. */
export const keepWords: readonly string[] = ['--keep-connections', '600']

/** Ends all kept connections of a folder, so that the next run finds none. */
export async function forgetConnections(folder: string): Promise<void> {
  const { signal } = new AbortController()
  const sockets = (await readdir(folder).catch(() => [])).filter(name => !name.startsWith('config-'))
  for (const socket of sockets)
    await timed(['ssh', '-o', `ControlPath=${join(folder, socket)}`, '-O', 'exit', 'host'], { cwd: '/', signal }).catch(
      () => undefined,
    )
}
