import { stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import type { z } from 'zod'
import { InventoryError, type Problem } from '../core/errors.ts'
import { schemaProblems } from '../core/schema.ts'
import { importDefault } from '../loader/import-default.ts'
import { inventoryDefinition, type InventoryDefinition } from './definition.ts'
import { flatten, type Inventory } from './inventory.ts'

const endings = ['ts', 'js', 'json', 'yaml', 'yml'] as const

/**
 * Reads an inventory: the named file, the name with an ending added, or `hosts.*` in the named folder.
 * @throws {InventoryError} when there is no such file, or it can't be read. Its problems are in `problems`.
 */
export async function loadInventory(path: string): Promise<Inventory> {
  const file = await findInventory(path)
  const source = relative(process.cwd(), file) || file
  const data = await readDefinition(file, source)
  const { definition, problems } = checkDefinition(data, source)
  return flatten(source, definition, problems)
}

/** The inventory file for the user's path. @throws {InventoryError} when there is none */
export async function findInventory(path: string): Promise<string> {
  const candidates = [path, ...endings.map(e => `${path}.${e}`), ...endings.map(e => join(path, `hosts.${e}`))]
  for (const candidate of candidates) if (await isFile(candidate)) return resolve(candidate)
  throw new InventoryError(`no inventory ${path}`, [
    {
      source: path,
      path: '',
      message: `looked for ${path}, ${path}.{${endings.join(',')}} and ${path}/hosts.{${endings.join(',')}}`,
    },
  ])
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false
}

async function readDefinition(file: string, source: string): Promise<unknown> {
  try {
    if (/\.[jt]s$/.test(file)) return await importDefault(file)
    // Loaded here, because some commands never read an inventory.
    const { cosmiconfig } = await import('cosmiconfig')
    return (await cosmiconfig('haq', { searchPlaces: [] }).load(file))?.config as unknown
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new InventoryError(`the inventory can't be read`, [{ source, path: '', message }], { cause })
  }
}

function checkDefinition(
  data: unknown,
  source: string,
): { definition: InventoryDefinition; problems: readonly Problem[] } {
  const parsed = inventoryDefinition.safeParse(data ?? {})
  if (parsed.success) return { definition: parsed.data, problems: [] }
  // Valid parts are kept, so that problems of the variables can be reported at the same time.
  const pruned = parsed.error.issues.reduce<unknown>((rest, issue) => withoutIssue(rest, issue), data)
  const definition = inventoryDefinition.safeParse(pruned).data ?? {}
  return { definition, problems: schemaProblems(parsed.error, source) }
}

function withoutIssue(data: unknown, issue: z.core.$ZodIssue): unknown {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.reduce<unknown>((rest, key) => without(rest, [...issue.path, key]), data)
  return without(data, issue.path)
}

function without(data: unknown, [key, ...rest]: readonly PropertyKey[]): unknown {
  if (typeof data !== 'object' || data === null || key === undefined) return data
  // A list with a wrong item is removed completely.
  if (Array.isArray(data)) return undefined
  const entries = Object.entries(data).map(
    ([name, value]) =>
      [name, name !== String(key) ? (value as unknown) : rest.length === 0 ? undefined : without(value, rest)] as const,
  )
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}
