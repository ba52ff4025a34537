import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as modules from '../../modules/index.ts'
import { UsageError } from '../core/errors.ts'
import { isModule, type AnyModule } from '../core/module.ts'
import { paintFor } from '../report/style.ts'
import { indexPage, modulePage } from './doc/markdown.ts'
import { readModuleDocs } from './doc/module-doc.ts'
import { listText, moduleText, type Screen } from './doc/terminal.ts'

/** The options of `haq doc`, as the command line gives them. */
export interface DocFlags {
  readonly markdown?: boolean
  /** The folder for Markdown pages. */
  readonly out?: string
}

/** The width of a line when there is no terminal, or when the terminal reports a width of 0. */
const usualWidth = 100

/**
 * Describes modules and their parameters, from their schemas and doc comments. Without a name it lists all modules.
 * @throws {UsageError} when there is no module with a given name, or the pages can't be written
 */
export async function docCommand(names: readonly string[], { markdown, out }: DocFlags): Promise<void> {
  // The bundled command line is in dist/src/cli.
  const docs = await readModuleDocs(chosen(names), new URL('../../modules/', import.meta.url))
  if (out !== undefined) {
    const written = new Set(docs.map(({ name }) => name))
    const pages = docs.map(doc => [`${doc.name}.md`, modulePage(doc, written)] as const)
    await writeFiles(out, names.length === 0 ? [['README.md', indexPage(docs)], ...pages] : pages)
  } else if (markdown) print(docs.map(doc => modulePage(doc)).join('\n'))
  else if (names.length === 0) print(`${listText(docs, screen())}\n`)
  else print(docs.map(doc => `${moduleText(doc, screen())}\n`).join('\n\n'))
}

function chosen(names: readonly string[]): readonly AnyModule[] {
  const all = Object.values<unknown>(modules).filter(isModule)
  const known = new Map(all.map(module => [module.definition.name, module]))
  const unknown = names.filter(name => !known.has(name))
  if (unknown.length > 0)
    throw new UsageError(`no module ${unknown.join(', ')}`, { hint: `there are: ${[...known.keys()].join(', ')}` })
  return names.length === 0 ? all : all.filter(module => names.includes(module.definition.name))
}

async function writeFiles(folder: string, files: readonly (readonly [name: string, text: string])[]): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    for (const [name, text] of files) await writeFile(join(folder, name), text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new UsageError(`the pages can't be written: ${reason}`, { cause })
  }
}

function screen(): Screen {
  const { columns = 0 } = process.stdout as { readonly columns?: number }
  return { width: columns || usualWidth, paint: paintFor(process.stdout, process.env) }
}

function print(text: string): void {
  process.stdout.write(text)
}
