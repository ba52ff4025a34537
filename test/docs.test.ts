import { deepStrictEqual, ok } from 'node:assert'
import { execa } from 'execa'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'uvu'
import { pages, read, root } from './docs-pages.ts'
import { inFolder } from './temp.ts'

/** The anchor that a heading gets on a page. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** What a page links to that is not there: a file, or a heading on a page. */
function deadLinks(page: string): readonly string[] {
  const text = read(page).replaceAll(/```[^]*?```/g, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^https?:/.test(link)) return []
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? page : join(dirname(page), file)
    if (!existsSync(join(root, target))) return [`${page}: ${link}`]
    if (anchor === undefined) return []
    const headings = [...read(target).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading))
    return headings.includes(anchor) ? [] : [`${page}: ${link}`]
  })
}

test('no link on a page is dead', () => {
  ok(pages.length > 10)
  deepStrictEqual(pages.flatMap(deadLinks), [])
})

test('every file of the project that a page names is there', () => {
  const named = pages
    .flatMap(page =>
      [...read(page).matchAll(/`((?:src|modules|test|playbooks|inventory|docs|demo)\/[\w./-]+)`/g)].map(
        ([, file = '']) => `${page}: ${file}`,
      ),
    )
    .filter(name => !/\b(FAMILY|NAME)\b/.test(name))
  ok(named.length > 10)
  deepStrictEqual(
    named.filter(name => !existsSync(join(root, name.slice(name.indexOf(': ') + 2)))),
    [],
  )
})

test('every page of docs is in the index of its folder', () => {
  const missing = pages.filter(page => {
    const index = join(dirname(page), 'README.md')
    return page.startsWith('docs') && page !== index && !read(index).includes(`](${basename(page)})`)
  })
  deepStrictEqual(missing, [])
})

const textsIn = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(readdirSync(folder).map(file => [file, readFileSync(join(folder, file), 'utf8')]))

test(
  'docs/modules is what npm run docs makes of the modules',
  inFolder(async folder => {
    await execa(process.execPath, [join(root, 'dist/src/cli/main.cjs'), 'doc', '--out', folder])
    const [wanted, found] = [textsIn(folder), textsIn(join(root, 'docs/modules'))]
    const stale = [...new Set([...Object.keys(wanted), ...Object.keys(found)])].filter(
      file => wanted[file] !== found[file],
    )
    deepStrictEqual(stale, [], 'these pages are stale: npm run docs makes them again')
  }),
)

test('the module that docs/writing-a-module.md shows in full is the one that is there', () => {
  const [, path = '', code = ''] =
    /^\[(modules\/\S+)\]\(\.\.\/\1\):\n\n```ts\n([^]*?)```/m.exec(read('docs/writing-a-module.md')) ?? []
  ok(code && read(path).endsWith(code), `${path} is not what the page says`)
})

test.run()
