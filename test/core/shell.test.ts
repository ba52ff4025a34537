import { deepStrictEqual, strictEqual } from 'node:assert'
import fc from 'fast-check'
import { test } from 'uvu'
import { utf8Text } from '../../src/core/bytes.ts'
import { Secret } from '../../src/core/secret.ts'
import { lines, sh, type Script } from '../../src/core/shell.ts'
import { shells, withShell } from '../shells.ts'

/** Any text without NUL, and often what a shell finds special. */
const word = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...Array.from(`'"\\$\`!*?[]{}()<>|&;~#=%\n\t\r -a`)) }),
    fc.constantFrom('', '-n', '-e', '--', 'FOO=bar', '~root', '{a,b}', '$(id)', '\\', "'", '\n', 'a\n', '*', '!!'),
  )
  .filter(text => !text.includes('\0'))

for (const { name, exec } of shells) {
  const print = async (script: Script): Promise<string> =>
    withShell(exec, async shell => utf8Text((await shell.run(script)).stdout))

  test(`any text is one word to ${name}`, () =>
    withShell(exec, shell =>
      fc.assert(
        fc.asyncProperty(word, async text => {
          const { stdout, status } = await shell.run(sh`set -- ${text}; printf '%s\n%s' "$#" "$1"`)
          deepStrictEqual([status, utf8Text(stdout)], [0, `1\n${text}`])
        }),
        { numRuns: 200 },
      ),
    ))

  test(`a secret is one word to ${name}, like any text`, () =>
    withShell(exec, shell =>
      fc.assert(
        fc.asyncProperty(word, async text => {
          const { stdout } = await shell.run(sh`printf %s ${new Secret(text)}`)
          strictEqual(utf8Text(stdout), text)
        }),
        { numRuns: 50 },
      ),
    ))

  test(`an array is its words to ${name}`, () =>
    withShell(exec, shell =>
      fc.assert(
        fc.asyncProperty(fc.array(word, { maxLength: 5 }), async words => {
          const { stdout } = await shell.run(sh`set -- ${words}; for w in "$@"; do printf '%s\0' "$w"; done`)
          deepStrictEqual(utf8Text(stdout).split('\0').slice(0, -1), words)
        }),
        { numRuns: 50 },
      ),
    ))

  test(`scripts nest in ${name}, and a word stays a word however deep`, async () => {
    const inner = sh`printf %s ${"it's"}`
    strictEqual(await print(sh`out=$(${inner}); printf '[%s]' "$out"`), "[it's]")
    strictEqual(await print(sh`${exec.slice(0, -2)} -c ${inner.reveal()}`), "it's")
    strictEqual(await print(lines(sh`a=${'1 2'}`, sh`printf %s "$a"`)), '1 2')
  })

  test(`a word that looks like an assignment or a keyword is a command's name to ${name}`, () =>
    withShell(exec, async shell => {
      strictEqual((await shell.run(sh`${'PATH=/nowhere'}`)).status, 127)
      strictEqual((await shell.run(sh`${'PATH=/nowhere'} true`)).status, 127)
    }))

  test(`a backslash in a script is ${name}'s, not JavaScript's`, async () => {
    strictEqual(await print(sh`printf 'a\tb\\n'`), 'a\tb\\n')
  })
}

test('a script prints with its secrets masked', () => {
  const script = sh`printf %s ${new Secret('hunter2')} ${['a b', 3]}`
  strictEqual(String(script), `printf %s '********' 'a b' 3`)
  strictEqual(script.reveal(), `printf %s hunter2 'a b' 3`)
})

test.run()
