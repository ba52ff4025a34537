import { match, strictEqual } from 'node:assert'
import { existsSync } from 'node:fs'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import { inProject } from './haq.ts'

const configs: readonly (readonly [file: string, text: string])[] = [
  ['haq.config.json', '{ "inventory": "inv", "output": "json" }'],
  ['haq.config.yaml', 'inventory: inv\noutput: json\n'],
  ['haq.config.ts', "export default { inventory: 'inv', output: 'json' as const }"],
]

for (const [file, text] of configs)
  test(
    `${file} gives the defaults of the command line`,
    inProject(async ({ haq, write }) => {
      await write(file, text)
      const { exitCode, stdout } = await haq('run', 'book.ts', '-l', 'one', '--check')
      strictEqual(exitCode, 0)
      match(stdout, /^\{"event":"task"/)
    }),
  )

test(
  "a relative inventory path in a configuration starts at the configuration's folder",
  inProject(async ({ path, haqIn, write }) => {
    await write('haq.config.yaml', 'inventory: inv\n')
    await mkdir(join(path, 'below'))
    const { exitCode, all } = await haqIn('below', 'run', '../book.ts', '-l', 'one', '--check')
    strictEqual(exitCode, 0, all)
  }),
)

test(
  'a configuration with unknown keys or wrong values is refused, and all its problems are listed',
  inProject(async ({ haq, write }) => {
    await write('haq.config.json', '{ "inventry": "inv", "forks": 0 }')
    const { exitCode, stderr } = await haq('run', 'book.ts')
    strictEqual(exitCode, 1)
    match(stderr, /haq\.config\.json: forks: .*\n.*Unrecognized key: "inventry"/)
  }),
)

test(
  'a configuration that others may write is not run, and a warning says so',
  inProject(async ({ path, haq, write }) => {
    await write(
      'haq.config.ts',
      `require('node:fs').writeFileSync(${JSON.stringify(join(path, 'was-run'))}, '')\nexport default {}`,
    )
    await chmod(join(path, 'haq.config.ts'), 0o666)
    const { exitCode, stderr } = await haq('runs')
    strictEqual(exitCode, 0)
    match(stderr, /^warning: \S*haq\.config\.ts is not used, because others may write \S*haq\.config\.ts$/m)
    strictEqual(existsSync(join(path, 'was-run')), false)
    // The same file is run when only the user can write it, so the check above can fail.
    await chmod(join(path, 'haq.config.ts'), 0o600)
    await haq('runs')
    strictEqual(existsSync(join(path, 'was-run')), true)
  }),
)

test.run()
