import { match, strictEqual } from 'node:assert'
import { test } from 'uvu'
import { inProject } from './haq.ts'

const configs: readonly (readonly [file: string, text: string])[] = [
  ['haq.config.json', '{ "inventory": "inv", "output": "json" }'],
  ['haq.config.yaml', 'inventory: inv\noutput: json\n'],
  ['haq.config.ts', "export default { inventory: 'inv', output: 'json' as const }"],
]

for (const [file, text] of configs)
  test(
    `${file} gives what the command line leaves out`,
    inProject(async ({ haq, write }) => {
      await write(file, text)
      const { exitCode, stdout } = await haq('run', 'book.ts', '-l', 'one', '--check')
      strictEqual(exitCode, 0)
      match(stdout, /^\{"event":"task"/)
    }),
  )

test(
  'a configuration that says what haq does not know is refused, with everything that is wrong',
  inProject(async ({ haq, write }) => {
    await write('haq.config.json', '{ "inventry": "inv", "forks": 0 }')
    const { exitCode, stderr } = await haq('run', 'book.ts')
    strictEqual(exitCode, 1)
    match(stderr, /haq\.config\.json: forks: .*\n.*Unrecognized key: "inventry"/)
  }),
)

test.run()
