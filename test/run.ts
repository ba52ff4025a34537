import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { delimiter, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { execa } from 'execa'
import pLimit from 'p-limit'

/**
 * Runs the test files, each in a process of its own, and closes with one line that counts the tests. What failed is
 * printed once more before it.
 *
 *     node dist/test/run.js [--fast | --long] [--node PROGRAM] [PATTERN]
 *
 * `--fast` leaves out what needs lab hosts; `--long` runs the long proofs alone; PATTERN, a regular expression, runs the
 * files whose path it matches.
 */
const words = process.argv.slice(2)
const valueOf = (option: string): string | undefined =>
  words.includes(option) ? words.splice(words.indexOf(option), 2)[1] : undefined
const node = valueOf('--node') ?? process.execPath
const pattern = new RegExp(words.find(word => !word.startsWith('--')) ?? '')

const folder = fileURLToPath(new URL('.', import.meta.url))
const isLong = (file: string): boolean => file.startsWith('long/')
const isLab = (file: string): boolean => file.startsWith('lab/')
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.test.js') && pattern.test(file))
  .filter(file => isLong(file) === words.includes('--long'))
  .filter(file => !(isLab(file) && words.includes('--fast')))
  .toSorted()

interface Result {
  readonly file: string
  readonly passed: number
  readonly failed: number
  readonly output: string
}

async function runFile(file: string): Promise<Result> {
  const start = performance.now()
  const { all } = await execa(node, [`${folder}${file}`], {
    all: true,
    reject: false,
    stdin: 'ignore',
    env: { FORCE_COLOR: '0', PATH: [dirname(node), process.env['PATH']].join(delimiter) },
  })
  const output = stripVTControlCharacters(all)
  // A file with suites prints the counts of each.
  const count = (label: string): number =>
    [...output.matchAll(new RegExp(`^ *${label}: +(\\d+)`, 'gm'))].reduce((sum, [, digits]) => sum + Number(digits), 0)
  const passed = count('Passed')
  // A file that ended before its tests did has failed, whatever it counted.
  const hasCounted = /^ *Total: /m.test(output)
  const failed = hasCounted ? count('Total') - passed : 1
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  process.stdout.write(`${failed > 0 ? 'FAIL' : 'ok  '} ${file}  ${passed} passed, ${failed} failed  ${seconds} s\n`)
  // Tests say what they skip, and why.
  const skipped = output.split('\n').filter(line => /skip/i.test(line) && !/^ *Skipped: /.test(line))
  if (skipped.length > 0) process.stdout.write(`     ${skipped.join('\n     ')}\n`)
  return { file, passed, failed, output }
}

// Each file has a lab of its own, whose hosts mostly wait: two labs at a time keep two cores busy. The longest start
// first, so that none of them is left for the end.
const longest = ['cluster', 'odd-cluster', 'rabbit-modules', 'connections', 'lab', 'secrets', 'undo-rabbit']
const rank = (file: string): number => longest.findIndex(name => file === `lab/${name}.test.js`) >>> 0
const labs = pLimit(Math.min(2, availableParallelism()))
const oneLong = pLimit(1)
const sideBySide = pLimit(availableParallelism())
const laneOf = (file: string) => (isLong(file) ? oneLong : isLab(file) ? labs : sideBySide)
const results = await Promise.all(files.toSorted((a, b) => rank(a) - rank(b)).map(file => laneOf(file)(runFile, file)))
const total = (key: 'passed' | 'failed'): number => results.reduce((sum, result) => sum + result[key], 0)
for (const { file, failed, output } of results) if (failed > 0) process.stdout.write(`\n--- ${file}\n${output}\n`)
process.stdout.write(`\n${total('passed')} passed, ${total('failed')} failed\n`)
process.exitCode = total('failed') === 0 && total('passed') > 0 ? 0 : 1
