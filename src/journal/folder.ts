import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../core/errors.ts'

const runId = /^\d{8}-\d{6}-[0-9a-f]{4}$/

/** Where the journals of runs lie. @see https://specifications.freedesktop.org/basedir-spec */
export function journalFolder(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_STATE_HOME'] || join(homedir(), '.local/state'), 'haq/runs')
}

/** The file of a run. @throws {UsageError} for what is no id, such as a path, which a journal may name as the run that it undoes */
export function journalPath(folder: string, run: string): string {
  if (!runId.test(run)) throw new UsageError(`${JSON.stringify(run)} is not the id of a run`)
  return join(folder, `${run}.jsonl`)
}

/** The ids of the runs that have a journal, the oldest first. */
export async function runIds(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new UsageError(`the journal can't be read: ${(error as Error).message}`, { cause: error })
  })
  return names
    .flatMap(name => (name.endsWith('.jsonl') && runId.test(name.slice(0, -6)) ? [name.slice(0, -6)] : []))
    .toSorted((a, b) => (a < b ? -1 : 1))
}

/**
 * The run that is meant: `last`, an id, or the start of one.
 * @throws {UsageError} when there is none, or more than one
 */
export async function findRun(folder: string, what: string): Promise<string> {
  const ids = await runIds(folder)
  const last = ids.at(-1)
  if (last === undefined) throw new UsageError('there is no run yet', { hint: 'haq run writes a journal of each' })
  if (what === 'last') return last
  const found = ids.filter(id => id.startsWith(what))
  if (found.length === 1 && found[0] !== undefined) return found[0]
  throw new UsageError(
    found.length === 0
      ? `no run ${what}`
      : `${what} may be any of ${found.slice(-5).join(', ')}${found.length > 5 ? ', …' : ''}`,
    { hint: 'haq runs lists them' },
  )
}
