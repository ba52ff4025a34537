import { readdir, readFile } from 'node:fs/promises'
import * as z from 'zod'
import * as modules from '../../modules/index.ts'
import { UsageError } from '../core/errors.ts'
import { isModule } from '../core/module.ts'

/** Prints what a module does and takes, from its own schema and doc comment; all modules without a name. */
export async function docCommand(name: string | undefined): Promise<void> {
  const all = Object.values<unknown>(modules).filter(isModule)
  if (name === undefined) {
    const width = Math.max(...all.map(({ definition }) => definition.name.length))
    for (const { definition } of all) print(`${definition.name.padEnd(width)}  ${definition.summary}`)
    return
  }
  const module = all.find(({ definition }) => definition.name === name)
  if (!module)
    throw new UsageError(`no module ${name}`, { hint: `there are: ${all.map(m => m.definition.name).join(', ')}` })
  const { definition } = module
  print(`${definition.name}: ${definition.summary}`)
  const comment = await docComment(definition.name)
  if (comment) print(`\n${comment}`)
  print('\nParameters (* must be given)')
  for (const line of paramLines(definition.params as z.ZodObject)) print(`  ${line}`)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** The doc comment above a module's export, as its author wrote it. */
async function docComment(name: string): Promise<string | undefined> {
  const declarations = await readDeclarations(name)
  const [, comment] =
    new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s*export declare const ${name}\\b`).exec(declarations) ?? []
  return comment
    ?.split('\n')
    .map(line => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .replace(/^@see /gm, 'see ')
    .trim()
}

/** What the compiler wrote of a module's file, which stands in the folder of its family. */
async function readDeclarations(name: string): Promise<string> {
  const modulesFolder = new URL('../../modules/', import.meta.url)
  for (const family of await readdir(modulesFolder)) {
    const text = await readFile(new URL(`${family}/${name}.d.ts`, modulesFolder), 'utf8').catch(() => undefined)
    if (text !== undefined) return text
  }
  return ''
}

interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly const?: unknown
}

function paramLines(params: z.ZodObject): readonly string[] {
  return propertyLines(z.toJSONSchema(params, { io: 'input', unrepresentable: 'any' }) as JsonSchema, '')
}

function propertyLines({ properties = {}, required = [] }: JsonSchema, indent: string): readonly string[] {
  const width = Math.max(0, ...Object.keys(properties).map(name => name.length)) + 1
  return Object.entries(properties).flatMap(([name, schema]) => {
    const given = schema.default === undefined ? '' : ` (default ${JSON.stringify(schema.default)})`
    const head = `${indent}${`${name}${required.includes(name) ? '*' : ''}`.padEnd(width)}  ${typeText(schema)}${given}`
    const inner = schema.properties ? schema : schema.items
    return [
      schema.description ? `${head}: ${schema.description}` : head,
      ...(inner ? propertyLines(inner, `${indent}  `) : []),
    ]
  })
}

function typeText({ type, enum: values, items, anyOf, minimum, maximum, const: only }: JsonSchema): string {
  if (values) return values.map(value => JSON.stringify(value)).join(' | ')
  if (only !== undefined) return JSON.stringify(only)
  if (anyOf) return [...new Set(anyOf.map(typeText))].join(' | ')
  if (type === 'array') return `list of ${items ? typeText(items) : 'values'}`
  const bounded = (bound: number | undefined): boolean =>
    bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER
  const range =
    bounded(minimum) || bounded(maximum) ? ` ${bounded(minimum) ? minimum : ''}–${bounded(maximum) ? maximum : ''}` : ''
  return `${type ?? 'value'}${range}`
}
