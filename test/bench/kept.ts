import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { timed } from './command.ts'

/** Where haq keeps its connections for the next run, in a cache of its own. */
export const haqSockets = (cache: string): string => join(cache, 'haq', 'ssh')

/** Words with which haq keeps its connections for longer than a round takes. */
export const keepWords: readonly string[] = ['--keep-connections', '600']

/** Ends all connections that are kept in a folder, so that the next run finds none. */
export async function forgetConnections(folder: string): Promise<void> {
  const { signal } = new AbortController()
  const sockets = (await readdir(folder).catch(() => [])).filter(name => !name.startsWith('config-'))
  for (const socket of sockets)
    await timed(['ssh', '-o', `ControlPath=${join(folder, socket)}`, '-O', 'exit', 'host'], { cwd: '/', signal }).catch(
      () => undefined,
    )
}
