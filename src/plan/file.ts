import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { PlanError } from './errors.ts'
import { planVersion, savedPlan, type SavedPlan } from './saved-plan.ts'

/** The beginning of a plan file, by which an incomplete plan is recognised. */
const beginning = /^\s*\{\s*"haq":\s*"plan"/

/** Whether the path is an existing file, which may be a saved plan. */
export async function isPlanFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false
}

/** Reads a saved plan. @throws {PlanError} when the file is missing, is not a plan, or has another version */
export async function readPlan(path: string): Promise<SavedPlan> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new PlanError(isMissing ? `no plan ${path}` : `${path} can't be read: ${messageOf(cause)}`, { path, cause })
  })
  if (!beginning.test(text)) throw new PlanError(`${path} is not a plan`, { path, hint: 'haq plan -o FILE makes one' })
  const data = parse(text, path)
  const version = typeof data === 'object' && data !== null && 'version' in data ? data.version : undefined
  if (version !== planVersion) {
    const isNumber = typeof version === 'number'
    const which = isNumber ? `version ${version}; this haq knows version ${planVersion}` : 'no version that can be read'
    throw new PlanError(`${path} is a plan of ${which}`, { path, hint: 'make the plan again with haq plan' })
  }
  const parsed = savedPlan.safeParse(data)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new PlanError(`${path} is not a complete plan: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, {
    path,
  })
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new PlanError(`${path} is not a complete plan: ${messageOf(cause)}`, { path, cause })
  }
}

/** Refuses to overwrite a file that is not a plan. @throws {PlanError} */
export async function refuseOverwriting(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined)
  if (!there) return
  const text = there.isFile() ? await readFile(path, 'utf8').catch(() => '') : ''
  if (!beginning.test(text))
    throw new PlanError(`${path} exists and is not a plan; it is not overwritten`, {
      path,
      hint: 'name another file with -o',
    })
}

/** Writes a plan atomically, readable only by its owner. @throws {PlanError} */
export async function writePlan(path: string, plan: SavedPlan): Promise<void> {
  const beside = `${path}.${randomBytes(6).toString('hex')}`
  try {
    const file = await open(beside, 'wx', 0o600)
    try {
      await file.writeFile(planText(plan))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
  } catch (cause) {
    await rm(beside, { force: true })
    throw new PlanError(`the plan can't be written: ${messageOf(cause)}`, { path, cause })
  }
}

/** A plan as the text of its file. */
export function planText(plan: SavedPlan): string {
  return `${JSON.stringify(plan, undefined, 2)}\n`
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
