import { deepStrictEqual, match, notDeepStrictEqual, ok, strictEqual } from 'node:assert'
import { appendFile, chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import { inChanges, journals, runsFolder, tree } from './changes.ts'
import { ownFolder } from './haq.ts'
import { changedLines } from '../lab/undo-run.ts'

const run = ['run', 'changes.ts', '-i', 'inv', '--limit', 'one'] as const

test(
  'undo restores content, owners, modes, links and removed files; it makes the changes that --check shows',
  inChanges(async folder => {
    const before = await tree(folder)
    const first = await folder.haq(...run)
    strictEqual(first.exitCode, 0, first.all)
    const after = await tree(folder)
    notDeepStrictEqual(after, before)

    const check = await folder.haq('undo', '--check', '--diff')
    strictEqual(check.exitCode, 0, check.all)
    match(check.stdout, /^ {4}-2\n {4}\+two$/m)
    deepStrictEqual(await tree(folder), after)

    const undo = await folder.haq('undo')
    strictEqual(undo.exitCode, 0, undo.all)
    deepStrictEqual(await tree(folder), before)
    deepStrictEqual(changedLines(undo.stdout), changedLines(check.stdout))
    strictEqual(changedLines(undo.stdout).length, 8)

    const twice = await folder.haq('undo')
    strictEqual(twice.exitCode, 1)
    match(twice.stderr, /there is no run that changed something and is not undone/)
  }),
)

for (const [what, damage] of [
  ['a line in it is gone', (lines: readonly string[]) => lines.filter((_, i) => i !== 12)],
  [
    'a line in it is damaged',
    (lines: readonly string[]) => lines.map((line, i) => (i === 12 ? line.slice(0, 9) : line)),
  ],
] as const)
  test(
    `a journal is refused when ${what}, and nothing is undone`,
    inChanges(async folder => {
      await folder.haq(...run)
      const after = await tree(folder)
      const [name = ''] = await readdir(runsFolder(folder))
      const path = join(runsFolder(folder), name)
      const lines = (await readFile(path, 'utf8')).split('\n')
      ok(lines.length > 20)
      await writeFile(path, damage(lines).join('\n'))
      const undo = await folder.haq('undo')
      strictEqual(undo.exitCode, 1, undo.all)
      match(undo.stderr, /the journal of run \S+ has lost lines: not all that the run did is known/)
      deepStrictEqual(await tree(folder), after)
    }),
  )

test(
  'an undo can be undone, and then the run again',
  inChanges(async folder => {
    const before = await tree(folder)
    await folder.haq(...run)
    const after = await tree(folder)
    await folder.haq('undo')
    const redo = await folder.haq('undo', 'last')
    strictEqual(redo.exitCode, 0, redo.all)
    deepStrictEqual(await tree(folder), after)
    const again = await folder.haq('undo')
    strictEqual(again.exitCode, 0, again.all)
    deepStrictEqual(await tree(folder), before)
  }),
)

test(
  'a host that has changed since the run is refused before any change, and the difference is shown',
  inChanges(async folder => {
    await folder.haq(...run)
    await appendFile(join(folder.path, 'host/text'), 'by hand\n')
    await chmod(join(folder.path, 'host/moded'), 0o644)
    const drifted = await tree(folder)
    for (const words of [['--check'], []]) {
      const { exitCode, stdout, all } = await folder.haq('undo', ...words)
      strictEqual(exitCode, 2, all)
      match(stdout, /^failed +one +unchanged since run/m)
      match(stdout, /has changed since run \S+: file:\S+host\/moded, file:\S+host\/text$/m)
      deepStrictEqual(await tree(folder), drifted)
    }
  }),
)

test(
  'a host that no longer keeps the old files is refused',
  inChanges(async folder => {
    await folder.haq(...run)
    const after = await tree(folder)
    await rm(join(ownFolder(folder.path), 'lib'), { recursive: true, force: true }).catch(() => undefined)
    const { exitCode, all } = await folder.haq('undo')
    ok(exitCode !== 0, all)
    deepStrictEqual(await tree(folder), after)
  }),
)

for (const [what, reason] of [
  ['command', /^can't be undone: one {2}command touch \S+ \(.*\): what a command did is not known$/m],
  ['secret', /^can't be undone: one {2}secretLine \(line\): its undo step holds a secret$/m],
] as const)
  test(
    `a step that can't be undone (${what}) is reported first, and nothing is done without --partial`,
    inChanges(async folder => {
      const before = await tree(folder)
      await folder.haq(...run, '-e', `what=${what}`)
      const after = await tree(folder)
      const refused = await folder.haq('undo')
      strictEqual(refused.exitCode, 1, refused.all)
      match(refused.stderr, reason)
      match(refused.stderr, /can't be undone completely; nothing was done\nhint: .*--partial/)
      deepStrictEqual(await tree(folder), after)
      const partial = await folder.haq('undo', '--partial')
      strictEqual(partial.exitCode, 0, partial.all)
      const { made: _made, line: _line, ...rest } = await tree(folder)
      deepStrictEqual(rest, before)
    }),
  )

test(
  'a check run and a run without changes have nothing to undo',
  inChanges(async folder => {
    await folder.haq(...run, '--check')
    match((await folder.haq('undo', 'last')).stderr, /only checked/)
    await folder.haq(...run, '--tags', 'again')
    await folder.haq(...run, '--tags', 'again')
    match((await folder.haq('undo', 'last')).stderr, /changed nothing/)
  }),
)

test(
  'a journal contains no secret',
  inChanges(async folder => {
    await folder.haq(...run, '-e', 'what=secret')
    await folder.haq('undo', '--partial')
    for (const [id, text] of Object.entries(await journals(folder))) ok(!text.includes('CANARY'), id)
    strictEqual(Object.keys(await journals(folder)).length, 2, runsFolder(folder))
  }),
)

test.run()
