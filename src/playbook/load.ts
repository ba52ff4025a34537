import { stat } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { PlaybookError } from '../core/errors.ts'
import { importDefault } from '../loader/import-default.ts'
import { isPlaybook, type Playbook } from './playbook.ts'

/** Loads a playbook file. @throws {PlaybookError} when the file is missing, does not compile, or exports no playbook */
export async function loadPlaybook(path: string): Promise<Playbook> {
  const file = resolve(path)
  const source = relative(process.cwd(), file) || file
  if (!(await stat(file).catch(() => undefined))?.isFile())
    throw new PlaybookError(`no playbook ${source}`, { path: source })
  const value = await importDefault(file).catch((cause: unknown) => {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new PlaybookError(`${source} can't be loaded: ${message}`, { path: source, cause })
  })
  if (!isPlaybook(value))
    throw new PlaybookError(`${source} exports no playbook`, {
      path: source,
      hint: 'it needs: export default playbook({ … })',
    })
  if (value.problems.length > 0) throw new PlaybookError(`${source}: ${value.problems.join('; ')}`, { path: source })
  return value
}
