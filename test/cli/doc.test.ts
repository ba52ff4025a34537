import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import * as z from 'zod'
import { absolutePath, hostRef, secret } from 'haq'
import { readComment } from '../../src/cli/doc/comment.ts'
import { modulePage } from '../../src/cli/doc/markdown.ts'
import type { ModuleDoc } from '../../src/cli/doc/module-doc.ts'
import { readParams, type Param } from '../../src/cli/doc/params.ts'
import { moduleText } from '../../src/cli/doc/terminal.ts'
import { inProject } from './haq.ts'

/** The description of a schema. */
const takes: Readonly<Record<string, z.ZodType>> = {
  string: z.string(),
  'string (1 to 255 characters)': z.string().min(1).max(255),
  'absolute path': absolutePath,
  'IPv4 address or IPv6 address': z.union([z.ipv4(), z.ipv6()]),
  'whole number': z.int(),
  'whole number (1 to 65535)': z.int().min(1).max(65_535),
  'whole number (at least 0)': z.int().min(0),
  'number (more than 0, at most 1)': z.number().gt(0).max(1),
  'true or false': z.boolean(),
  "'in', 'out' or 'over'": z.enum(['in', 'out', 'over']),
  '2 or 3': z.union([z.literal(2), z.literal(3)]),
  secret: secret().refine(() => true),
  'string or secret': z.union([z.string(), secret()]),
  host: hostRef(),
  'list of hosts (at least 1)': z.array(hostRef()).min(1).readonly(),
  'list of hosts or strings': z.array(z.union([hostRef(), z.string()])),
  'list of lists of whole numbers': z.array(z.array(z.int())),
  'list of IPv4 addresses': z.array(z.ipv4()),
  'object of strings': z.record(z.string(), z.string()),
  'list of objects': z.array(z.object({ name: z.string() })),
}

for (const [words, schema] of Object.entries(takes))
  test(`the description of a parameter: ${words}`, () => {
    deepStrictEqual(
      readParams(z.object({ it: schema })).map(param => param.takes),
      [words],
    )
  })

test('a parameter is required, or has a default, or may be left out', () => {
  const schema = z.object({
    name: z.string().describe('the name'),
    state: z.enum(['on', 'off']).default('on'),
    tags: z.array(z.string()).default([]),
    size: z.int().optional(),
  })
  deepStrictEqual(
    readParams(schema).map(({ name, isRequired, fallback, description }) => [name, isRequired, fallback, description]),
    [
      ['name', true, undefined, 'the name'],
      ['state', false, "'on'", ''],
      ['tags', false, '[]', ''],
      ['size', false, undefined, ''],
    ],
  )
})

const checks = z.array(
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('tcp'), port: z.int().default(80).describe('the port') }),
    z.object({ type: z.literal('misc'), path: z.string().describe('the program') }),
  ]),
)

/** The names of parameters, including those inside of objects. */
type Names = readonly (string | readonly [name: string, ...forms: readonly (readonly [when: string, inner: Names])[]])[]
const namesOf = (params: readonly Param[]): Names =>
  params.map(({ name, forms }) =>
    forms.length === 0 ? name : [name, ...forms.map(({ when, params }) => [when, namesOf(params)] as const)],
  )

test('objects are shown with their parameters, at any depth, and each form of a union separately', () => {
  const server = z.object({ address: z.string(), checks })
  const schema = z.object({
    one: server,
    byName: z.record(z.string(), z.object({ size: z.int() })),
    either: z.union([z.string(), z.object({ name: z.string() })]),
  })
  deepStrictEqual(namesOf(readParams(schema)), [
    ['one', ['', ['address', ['checks', ["type 'tcp'", ['type', 'port']], ["type 'misc'", ['type', 'path']]]]]],
    ['byName', ['', ['size']]],
    ['either', ['', ['name']]],
  ])
})

test('a doc comment is split into its parts', () => {
  const declarations = `
/** Another one. */
export declare const other: Module;
/**
 * Manages
 * things.
 *
 * Twice.
 *
 * @see thing(8),
 * thing(5)
 * @see https://example.org
 *
 * @example
 * \`\`\`ts
 * thing({
 *   name: 'x',
 * })
 * \`\`\`
 */
export declare const thing: Module;`
  deepStrictEqual(readComment(declarations, 'thing'), {
    paragraphs: ['Manages things.', 'Twice.'],
    example: "thing({\n  name: 'x',\n})",
    see: ['thing(8), thing(5)', 'https://example.org'],
  })
  deepStrictEqual(readComment(declarations, 'other').paragraphs, ['Another one.'])
  deepStrictEqual(readComment(declarations, 'none'), { paragraphs: [], example: undefined, see: [] })
})

const doc: ModuleDoc = {
  name: 'thing',
  family: 'things',
  summary: 'Manage a thing that takes some more words than a narrow terminal has columns for',
  canBeHandler: true,
  comment: {
    paragraphs: [
      'Manages a thing, as `file` does; and says so in a paragraph that no terminal shows in one line of its own.',
    ],
    example: "thing({ name: 'x' })",
    see: ['thing(8)'],
  },
  params: readParams(
    z.object({
      name: z.string().describe('the name | the <title>'),
      aVeryLongNameOfAParameter: z.int().min(1).max(9).default(2).describe('how many of them there are to be'),
      servers: z.array(z.object({ checks: checks.describe('the checks, all of which must pass for a server') })),
    }),
  ),
}

test('the text of a module fits the width of the terminal', () => {
  const plain = { paint: (_: unknown, text: string) => text }
  for (const width of [60, 120]) {
    const text = moduleText(doc, { ...plain, width })
    for (const line of text.split('\n')) ok(line.length <= width, line)
    match(text, /^thing: Manage a thing/)
    match(text, /^ {2}name\* +string: the name \| the <title>$/m)
    match(text, /^ {2}aVeryLongNameOfAParameter {2,}whole number \(1 to 9\), default\s+2: how many/m)
    match(text, /^ {6}with type 'misc'\n {8}type\* +'misc'\n {8}path\* +string: the program$/m)
    match(text, /^Example\n {2}thing\(\{ name: 'x' \}\)$/m)
  }
})

test('a Markdown page has tables of parameters, and links to the other pages', () => {
  const page = modulePage(doc, new Set(['thing', 'file']))
  match(page, /as \[`file`\]\(file\.md\) does/)
  ok(modulePage(doc).includes('as `file` does'))
  ok(page.includes('\n| `name` | string | required | the name \\| the &lt;title> |\n'))
  ok(
    page.includes(
      '\n| `aVeryLongNameOfAParameter` | whole number (1 to 9) | `2` | how many of them there are to be |\n',
    ),
  )
  ok(page.includes('\n| `servers` | [list of objects](#servers) | required |  |\n'))
  ok(page.includes('| `checks` | [list of objects](#serverschecks-type-tcp) | required |'))
  match(
    page,
    /^### servers\.checks, type 'misc'\n\n.*\n.*\n\| `type` .*\n\| `path` \| string \| required \| the program \|$/m,
  )
})

test(
  'doc --out writes a page for each module; without a module name, also a list of them',
  inProject(async ({ haq, path }) => {
    strictEqual((await haq('doc', '--out', 'two', 'file', 'service')).exitCode, 0)
    deepStrictEqual((await readdir(join(path, 'two'))).toSorted(), ['file.md', 'service.md'])
    strictEqual((await haq('doc', '--out', 'all')).exitCode, 0)
    const index = await readFile(join(path, 'all/README.md'), 'utf8')
    const pages = (await readdir(join(path, 'all'))).filter(file => file !== 'README.md')
    deepStrictEqual([...index.matchAll(/\]\((\w+\.md)\)/g)].map(([, file = '']) => file).toSorted(), pages.toSorted())
    strictEqual(
      (await haq('doc', '--markdown', 'file')).stdout,
      (await readFile(join(path, 'all/file.md'), 'utf8')).trim(),
    )
  }),
)

test.run()
