import { readdir, readFile } from 'node:fs/promises'
import type * as z from 'zod'
import type { AnyModule } from '../../core/module.ts'
import { readComment, type Comment } from './comment.ts'
import { readParams, type Param } from './params.ts'

/** The documentation of a module, from its definition, its doc comment and its folder. */
export interface ModuleDoc {
  readonly name: string
  /** The module's folder in `modules/`. */
  readonly family: string
  readonly summary: string
  readonly canBeHandler: boolean
  readonly comment: Comment
  readonly params: readonly Param[]
}

/** The sentence for a module that can be a handler. */
export function handlerText({ name }: ModuleDoc): string {
  return `Other tasks can notify it as a handler: \`notify: [${name}(…)]\`.`
}

/**
 * Reads the documentation of modules.
 * @param folder the compiled `modules/`, with a folder for each family
 */
export async function readModuleDocs(modules: readonly AnyModule[], folder: URL): Promise<readonly ModuleDoc[]> {
  const families = await familiesIn(folder)
  return Promise.all(
    modules.map(async ({ definition }) => {
      const { name, summary, handlerId } = definition
      const family = families.get(`${name}.d.ts`) ?? ''
      const declarations = await readFile(new URL(`${family}/${name}.d.ts`, folder), 'utf8')
      const comment = readComment(declarations, name)
      const params = readParams(definition.params as z.ZodObject)
      return { name, family, summary, canBeHandler: handlerId !== undefined, comment, params }
    }),
  )
}

/** The family of each file. */
async function familiesIn(folder: URL): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { withFileTypes: true })
  const families = entries.filter(entry => entry.isDirectory()).map(({ name }) => name)
  const files = await Promise.all(families.map(family => readdir(new URL(`${family}/`, folder))))
  return new Map(families.flatMap((family, at) => (files[at] ?? []).map(file => [file, family])))
}

/** Modules by family, in the order in which the collection exports them. */
export function byFamily(docs: readonly ModuleDoc[]): ReadonlyMap<string, readonly ModuleDoc[]> {
  const families = new Map<string, readonly ModuleDoc[]>()
  for (const doc of docs) families.set(doc.family, [...(families.get(doc.family) ?? []), doc])
  return families
}
