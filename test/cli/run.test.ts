import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import { inProject, type Folder } from './haq.ts'

const run = ['run', 'book.ts', '-i', 'inv', '--limit', 'here'] as const

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? ''

test(
  'a run that converges exits with 0, and the second one changes nothing',
  inProject(async ({ haq, path }) => {
    const first = await haq(...run)
    strictEqual(first.exitCode, 0, first.all)
    strictEqual(lastLine(first.stdout), 'two  ok=0 changed=3 failed=0 unreachable=0 skipped=0 pending=0')
    strictEqual(first.stderr, '')
    strictEqual(await readFile(join(path, 'one', 'f'), 'utf8'), 'true')
    const second = await haq(...run)
    strictEqual(second.exitCode, 0)
    ok(!/changed=[^0]/.test(second.stdout), second.stdout)
  }),
)

test(
  'a playbook can import from Node and from packages, at the first start and at later ones',
  inProject(async ({ haq, path, write }) => {
    const esm = join(path, 'node_modules/only-esm')
    await mkdir(esm, { recursive: true })
    await writeFile(join(esm, 'package.json'), '{"name":"only-esm","type":"module","exports":"./index.js"}')
    await writeFile(join(esm, 'index.js'), 'export const word = await Promise.resolve("good")')
    await write(
      'uses.ts',
      `import { createHash } from 'node:crypto'
import { basename } from 'path'
import { word } from 'only-esm'
import { play, playbook } from 'haq'
export default playbook({
  name: createHash('sha256').update(word).digest('hex') + basename('/a'),
  plays: ({ group }) => [play('none', { hosts: group('here') }, () => [])],
})`,
    )
    for (let start = 1; start <= 3; start++) {
      const { exitCode, stderr } = await haq('run', 'uses.ts', '-i', 'inv', '--limit', 'here')
      deepStrictEqual([exitCode, stderr], [0, ''], `start ${start}`)
    }
  }),
)

test(
  'check mode exits with 0, changes nothing, and shows the changes that the run then makes',
  inProject(async ({ haq, path }) => {
    const before = await readdir(path)
    const check = await haq(...run, '--check', '--output', 'json')
    strictEqual(check.exitCode, 0)
    deepStrictEqual(await readdir(path), before)
    const changes = (text: string): readonly string[] =>
      text
        .split('\n')
        .map(line => JSON.parse(line) as { host: string; changes?: readonly unknown[]; check?: boolean })
        .flatMap(({ host, changes = [] }) => changes.map(change => `${host} ${JSON.stringify(change)}`))
        .sort()
    const real = await haq(...run, '-o', 'json')
    deepStrictEqual(changes(check.stdout), changes(real.stdout))
    strictEqual(changes(real.stdout).length, 6)
  }),
)

test(
  'json has one object per line, as documented, and ends with the recap',
  inProject(async ({ haq }) => {
    const { stdout } = await haq(...run, '--limit', 'one,!two', '-o', 'json', '-C')
    const lines = stdout.split('\n').map(line => JSON.parse(line) as Record<string, unknown>)
    deepStrictEqual(Object.keys(lines[0] ?? {}), [
      ...['event', 'play', 'host', 'task', 'module', 'status', 'changes', 'seconds', 'check'],
    ])
    const recap = { ok: 0, changed: 3, failed: 0, unreachable: 0, skipped: 0, pending: 0 }
    deepStrictEqual(lines.at(-1), { event: 'recap', check: true, hosts: { one: recap } })
  }),
)

for (const [what, status] of [
  ['fails', 2],
  ['gone', 4],
  ['both', 6],
] as const)
  test(
    `the exit status is ${status} for: ${what}`,
    inProject(async ({ haq }) => {
      const { exitCode, stdout, all } = await haq('run', 'book.ts', '-i', 'inv.yaml', '-e', `what=${what}`)
      strictEqual(exitCode, status, all)
      match(lastLine(stdout), /^(two|three) .*pending=0$/)
      ok(!all.includes('c00kie'), 'a secret shows')
      if (what !== 'gone') match(stdout, /cookie is \*{8}/)
      if (what !== 'fails') match(stdout, /three: it does not answer \(ssh: connect to host three/)
    }),
  )

test(
  '-v shows each script with its time, -vv its text, -vvv the command that connects; none shows a secret',
  inProject(async ({ haq }) => {
    const once = await haq(...run, '-v')
    strictEqual(once.exitCode, 0, once.all)
    match(once.stdout, /^one {2}connected {2}[\d.]+s$/m)
    match(once.stdout, /^one {2}file:\S+\/one\/f {2}[\d.]+s$/m)
    ok(!once.stdout.includes('    | '), once.stdout)
    const twice = await haq(...run, '-v', '--verbose', '-C')
    match(twice.stdout, /^ {4}\| .*stat -L/m)
    const fails = await haq('run', 'book.ts', '-i', 'inv', '-vvv', '-e', 'what=both', '-e', 'lvs=false')
    match(fails.stdout, /^ {4}by: .*env -i PATH=/m)
    match(fails.stdout, /^one {2}.* {2}[\d.]+s {2}exit status 3$/m)
    match(fails.stdout, /^ {4}\| cookie is \*{8}$/m)
    const shown = await haq('show', 'last', '-vvv')
    match(shown.stdout, /^ {4}by: .*env -i PATH=/m)
    ok(![once, twice, fails, shown].some(({ all }) => all.includes('c00kie')), 'a secret shows')
  }),
)

test(
  'a value of -e is text, or the type that the playbook declares',
  inProject(async ({ haq, path }) => {
    strictEqual((await haq(...run, '-e', 'lvs=false', '-e', 'mode=0600')).exitCode, 0)
    strictEqual(await readFile(join(path, 'one', 'f'), 'utf8'), 'false')
    const wrong = await haq(...run, '-e', 'lvs=perhaps')
    strictEqual(wrong.exitCode, 1)
    match(wrong.stderr, /-e lvs: /)
  }),
)

test(
  '--tags chooses tasks and --limit chooses hosts',
  inProject(async ({ haq, path }) => {
    const { exitCode, stdout } = await haq('run', 'book.ts', '-i', 'inv', '-l', 'here:!two', '-t', 'dir')
    strictEqual(exitCode, 0)
    strictEqual(lastLine(stdout), 'one  ok=0 changed=1 failed=0 unreachable=0 skipped=0 pending=0')
    deepStrictEqual(await readdir(path), ['book.ts', 'inv.yaml', 'one'])
  }),
)

/** Waits for a condition that a run must bring about; fails when the run ends before that. */
async function until(condition: () => boolean, running?: ReturnType<Folder['haq']>): Promise<void> {
  while (!condition()) {
    if (running && running.exitCode !== null) throw new Error(`it ended too early: ${(await running).all}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

test(
  'Ctrl-C finishes the current step, starts no other, prints the recap and exits with 130',
  inProject(async ({ haq, path, write }) => {
    const running = haq(...run, '-l', 'one,!two', '-e', 'what=waits')
    await until(() => existsSync(join(path, 'started')), running)
    let said = ''
    running.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    running.kill('SIGINT')
    await until(() => said.includes('finishing the current steps'), running)
    await write('go', '')
    const { exitCode, stdout } = await running
    strictEqual(exitCode, 130)
    ok(existsSync(join(path, 'done-one')) && !existsSync(join(path, 'after-one')))
    strictEqual(lastLine(stdout), 'one  ok=0 changed=4 failed=0 unreachable=0 skipped=1 pending=0')
  }),
)

test(
  'a second Ctrl-C exits at once',
  inProject(async ({ haq, path, write }) => {
    const running = haq(...run, '-l', 'one,!two', '-e', 'what=waits')
    await until(() => existsSync(join(path, 'started')), running)
    let said = ''
    running.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    running.kill('SIGINT')
    await until(() => said.includes('press Ctrl-C again to exit at once'), running)
    running.kill('SIGINT')
    const { exitCode, stdout } = await running
    // Ends the rest of the step, so that the folder can be removed.
    await write('go', '')
    strictEqual(exitCode, 130)
    ok(!stdout.includes('recap'))
    await until(() => existsSync(join(path, 'done-one')))
  }),
)

test.run()
