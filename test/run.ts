import { stripVTControlCharacters } from 'node:util'
import { execa } from 'execa'

/**
 * Runs the tests and closes with one line that counts them; before it, what failed is said once more.
 * `--long` runs the long proofs instead; any other word runs the test files whose path holds it.
 */
const words = process.argv.slice(2)
const long = words.includes('--long')
const pattern = words.find(word => !word.startsWith('--')) ?? ''

const files = `${long ? '^long/' : ''}${pattern}.*\\.test\\.js$`
const tests = execa('uvu', ['dist/test', files, ...(long ? [] : ['--ignore', '^long/'])], {
  preferLocal: true,
  reject: false,
  env: { FORCE_COLOR: '0' },
  stdin: 'ignore',
  stdout: ['inherit', 'pipe'],
  stderr: 'inherit',
})
const { stdout: coloured, exitCode } = await tests
const stdout = stripVTControlCharacters(coloured)
const count = (label: string): number => Number(new RegExp(`^ *${label}: +(\\d+)`, 'm').exec(stdout)?.[1] ?? 0)
const passed = count('Passed')
// What is skipped is not in the total.
const failed = count('Total') - passed
const failures = stdout.match(/^ {2} ?FAIL .*\n(?:.*\n){0,12}/gm) ?? []
process.stdout.write(['', ...failures, `${passed} passed, ${failed} failed\n`].join('\n'))
process.exitCode = exitCode === 0 && passed > 0 ? 0 : 1
