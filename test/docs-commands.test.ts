import { deepStrictEqual, ok } from 'node:assert'
import { fileURLToPath } from 'node:url'
import { execaSync } from 'execa'
import { test } from 'uvu'
import { fencesOf, pages, read } from './docs-pages.ts'

const main = fileURLToPath(new URL('../src/cli/main.cjs', import.meta.url))

/** What `haq … --help` says that a command takes. */
interface Usage {
  readonly flags: ReadonlySet<string>
  readonly commands: ReadonlySet<string>
}

const usages = new Map<string, Usage>()

/** The usage of a command, by its words behind `haq`. */
function usageOf(words: readonly string[]): Usage {
  const key = words.join(' ')
  const known = usages.get(key)
  if (known) return known
  const help = execaSync(process.execPath, [main, ...words, '--help'], { env: { COLUMNS: '200' } }).stdout
  const [options = '', commands = ''] = help.split(/^Commands:$/m)
  const usage = {
    flags: new Set([...options.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)/gm)].flatMap(([, short, long]) => [short, long])),
    commands: new Set([...commands.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name)),
  } as Usage
  usages.set(key, usage)
  return usage
}

/** What is wrong with a command line of haq. */
function problemsIn(line: string): readonly string[] {
  const words = (line.split(/\s[#|>]|&&|;/)[0] ?? '')
    .replaceAll(/'[^']*'/g, 'QUOTED')
    .trim()
    .split(/\s+/)
    .slice(1)
  const path: string[] = []
  for (const word of words) {
    const { commands } = usageOf(path)
    if (commands.size === 0 || !/^\w+$/.test(word)) break
    if (!commands.has(word)) return [`haq ${path.join(' ')} has no command ${word}: ${line}`]
    path.push(word)
  }
  const end = words.indexOf('--')
  const { flags } = usageOf(path)
  return words
    .slice(path.length, end < 0 ? undefined : end)
    .filter(word => /^--?\w/.test(word))
    .map(word => word.replace(/=.*/, '').replace(/^(-v)v*$/, '$1'))
    .filter(flag => !flags.has(flag))
    .map(flag => `haq ${path.join(' ')} has no option ${flag}: ${line}`)
}

/** The command lines of haq on a page: in blocks, behind a prompt in what was printed, and inside a sentence. */
function commandsOn(page: string): readonly string[] {
  const fences = fencesOf(page)
  const typed = fences.filter(({ info }) => info === 'sh').flatMap(({ code }) => code.split('\n'))
  const shown = fences.flatMap(({ info, code }) => (info === '' ? [...code.matchAll(/^\$ (.*)$/gm)] : []))
  const told = read(page)
    .replaceAll(/^```[^]*?^```$/gm, '')
    .matchAll(/`([^`\n]+)`/g)
  return [...typed, ...[...shown, ...told].map(([, command = '']) => command)]
    .map(line => line.trim().replace(/^npx /, ''))
    .filter(line => /^haq( |$)/.test(line))
}

const all = pages.map(page => [page, commandsOn(page)] as const)

test('the pages show commands of haq, with options', () => {
  ok(all.flatMap(([, commands]) => commands).filter(command => command.includes(' --')).length > 10)
})

test('an option and a command that haq does not have are found', () => {
  deepStrictEqual(problemsIn('haq run x.ts --chek -i inv -vv'), [
    'haq run has no option --chek: haq run x.ts --chek -i inv -vv',
  ])
  deepStrictEqual(problemsIn('haq lab upp'), ['haq lab has no command upp: haq lab upp'])
  deepStrictEqual(problemsIn('haq lab exec web1 -- ls --sort'), [])
})

for (const [page, commands] of all)
  if (commands.length > 0)
    test(`haq has every command and option that ${page} names`, () => deepStrictEqual(commands.flatMap(problemsIn), []))

test('npm has every script that a page names', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> }
  const named = pages.flatMap(page =>
    [...read(page).matchAll(/\bnpm run (?:-s )?([\w:]+)/g)].map(([, name = '']) => name),
  )
  ok(named.length > 0)
  deepStrictEqual(
    named.filter(name => !(name in scripts)),
    [],
  )
})

test.run()
