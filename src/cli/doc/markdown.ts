import { byFamily, handlerText, type ModuleDoc } from './module-doc.ts'
import type { Form, Param } from './params.ts'

const origin = '<!-- Made by haq doc --markdown from the schemas and doc comments of the modules. -->'

/**
 * The page of a module.
 * @param siblings modules with pages in the same folder: their names become links
 */
export function modulePage(doc: ModuleDoc, siblings: ReadonlySet<string> = new Set()): string {
  const { name, family, summary, canBeHandler, comment, params } = doc
  const link = (span: string, word: string): string =>
    word !== name && siblings.has(word) ? `[${span}](${word}.md)` : span
  return page([
    origin,
    `# ${name}`,
    `${summary}. Family: ${family}.`,
    ...comment.paragraphs.map(paragraph => paragraph.replace(/`(\w+)`/g, link)),
    ...(canBeHandler ? [handlerText(doc)] : []),
    '## Parameters',
    ...(params.length > 0 ? paramTables(params, '') : ['None.']),
    ...(comment.example === undefined ? [] : ['## Example', code(comment.example)]),
    ...(comment.see.length > 0 ? ['## See also', comment.see.map(text => `- ${text}`).join('\n')] : []),
  ])
}

/** The page that lists modules family by family. */
export function indexPage(docs: readonly ModuleDoc[]): string {
  const families = [...byFamily(docs)].flatMap(([family, members]) => [
    `## ${family}`,
    table(
      ['module', 'what it does'],
      members.map(({ name, summary }) => [`[${name}](${name}.md)`, summary]),
    ),
  ])
  return page([
    origin,
    '# Modules',
    'Each module has a page: what it does, its parameters, and an example. The example is a task; put it into a play such as this one, in the place of the comment:',
    code(frame),
    'Each step that a task plans holds its undo step, or the reason why there is none; `haq undo --check` shows them for a run.',
    ...families,
  ])
}

const frame = `import * as z from 'zod'
import { play, playbook, secret } from 'haq'
import { service } from 'haq/modules'

export default playbook({
  name: 'example',
  vars: z.object({ cookie: secret(), password: secret() }),
  plays: ({ group }) => [
    play('example', { hosts: group('rabbit') }, host => [
      // an example
    ]),
  ],
})`

/** The tables of parameters: one for the module, and one for each kind of object in the parameters. */
function paramTables(params: readonly Param[], place: string): readonly string[] {
  const rows = params.map(({ name, takes, isRequired, fallback, description, forms }) => [
    `\`${name}\``,
    forms.length > 0 ? `[${takes}](#${anchorOf(titleOf(`${place}${name}`, forms[0]))})` : takes,
    isRequired ? 'required' : fallback === undefined ? '' : `\`${fallback}\``,
    description,
  ])
  return [
    table(['parameter', 'takes', 'default', 'description'], rows),
    ...params.flatMap(({ name, forms }) => forms.flatMap(form => formTables(form, `${place}${name}`))),
  ]
}

function formTables(form: Form, place: string): readonly string[] {
  return [`### ${titleOf(place, form)}`, ...paramTables(form.params, `${place}.`)]
}

function titleOf(place: string, form: Form | undefined): string {
  return form?.when ? `${place}, ${form.when}` : place
}

/** The anchor that a heading gets on a page. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9_ -]/g, '')
    .replaceAll(' ', '-')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.map(cell).join(' | ')} |`).join('\n')
}

/** Escapes text for a cell of a table: a bar would end the cell, and a text like an HTML tag would be hidden. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

function code(text: string): string {
  return ['```ts', text, '```'].join('\n')
}

function page(blocks: readonly string[]): string {
  return `${blocks.join('\n\n')}\n`
}
