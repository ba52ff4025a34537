import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { existsSync } from 'node:fs'
import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import { inChanges, journals, runsFolder } from './changes.ts'
import { ownFolder } from './haq.ts'

const run = ['run', 'changes.ts', '-i', 'inv', '--limit', 'one'] as const

const linesOf = (text: string): readonly Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)

test(
  'every run has a journal that only its user can read; its first line has user and command line, secrets masked',
  inChanges(async folder => {
    await folder.haq(...run, '-e', 'word=CANARYgiven', '-e', 'what=secret')
    const [[id, text] = ['', '']] = Object.entries(await journals(folder))
    match(id, /^\d{8}-\d{6}-[0-9a-f]{4}$/)
    const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)
    strictEqual(await mode(runsFolder(folder)), '700')
    strictEqual(await mode(join(runsFolder(folder), `${id}.jsonl`)), '600')
    const [head, ...lines] = linesOf(text)
    deepStrictEqual(
      [head?.['id'], head?.['check'], head?.['playbook']],
      [id, false, join(folder.path, 'changes.ts')],
      JSON.stringify(head),
    )
    match(JSON.stringify(head?.['args']), /"word=\*{8}","-e","what=secret"/)
    ok(!text.includes('CANARY'))
    deepStrictEqual(
      lines.map(line => line['event']).filter(event => event === 'task' || event === 'recap'),
      [...Array.from({ length: 9 }, () => 'task'), 'recap'],
    )
  }),
)

test(
  'haq runs lists runs, the newest first; haq show prints the report of a run',
  inChanges(async folder => {
    const checked = await folder.haq(...run, '--check', '--diff')
    const done = await folder.haq(...run, '--diff', '-o', 'json')
    const listed = linesOf((await folder.haq('runs', '--output', 'json')).stdout)
    deepStrictEqual(
      listed.map(({ check, finished, counts }) => [check, finished, (counts as Record<string, number>)['changed']]),
      [
        [false, true, 8],
        [true, true, 8],
      ],
    )
    match((await folder.haq('runs')).stdout, /changed=8\n.*changed=8 {2}\(check\)$/)
    const ids = listed.map(({ run: id }) => String(id))
    const shown = await folder.haq('show', ids[1] ?? '', '--diff')
    // What a run hides is not kept.
    const kept = checked.stdout.replaceAll(', --show-old shows it', '')
    strictEqual(shown.stdout.slice(shown.stdout.indexOf('\n') + 1), kept)
    strictEqual((await folder.haq('show', 'last', '--diff', '-o', 'json')).stdout, done.stdout)
    match((await folder.haq('show', 'last', '-o', 'pretty')).stdout, /changed=8/)
    match((await folder.haq('show', '2')).stderr, /^haq: 2 may be any of /)
    match((await folder.haq('show', 'nothing')).stderr, /^haq: no run nothing/)
  }),
)

test(
  'values of -e are masked when a play branches on facts, in every form, also of a repeated variable',
  inChanges(async folder => {
    await folder.write(
      'open.ts',
      `import * as z from 'zod'
import { hostname, play, playbook } from 'haq'
import { command } from 'haq/modules'
export default playbook({ name: 'open', vars: z.object({ word: z.string() }), plays: ({ group }) => [
  play('open', { hosts: group('here'), facts: { hostname } }, () => [command({ run: ['true'], creates: '/' })]) ] })`,
    )
    const given = ['-e', 'word=CANARYone', '-eword=CANARYtwo', '--extra-vars=word=CANARYthree', '-e', 'word=CANARYfour']
    const { exitCode, all } = await folder.haq('run', 'open.ts', '-i', 'inv', '--limit', 'one', ...given)
    strictEqual(exitCode, 0, all)
    const [text = ''] = Object.values(await journals(folder))
    ok(!text.includes('CANARY'), text)
    strictEqual(text.match(/word=\*{8}/g)?.length, 4)
  }),
)

test(
  'the journal of a killed run has all events so far, and the run is listed as not finished',
  inChanges(async folder => {
    const killed = folder.haq(...run, '-e', 'what=waits')
    while (!existsSync(join(folder.path, 'host/started'))) await new Promise(resolve => setTimeout(resolve, 20))
    killed.kill('SIGKILL')
    await killed
    await rm(join(folder.path, 'host/started'))
    match((await folder.haq('runs')).stdout, /changed=7 {2}\(not finished\)$/)
    for (const output of ['plain', 'json', 'pretty']) {
      const shown = await folder.haq('show', 'last', '-o', output)
      strictEqual(shown.exitCode, 0, shown.all)
      match(shown.stdout, /the run did not finish/)
    }
    const refused = await folder.haq('undo')
    match(refused.stderr, /^can't be undone: one .*: what a command did is not known$/m)
  }),
)

test(
  'without a writable journal there is one warning, and the run does not fail',
  inChanges(async folder => {
    await writeFile(join(ownFolder(folder.path), 'state'), 'a file')
    const { exitCode, stdout } = await folder.haq(...run)
    strictEqual(exitCode, 0, stdout)
    strictEqual(stdout.match(/the journal can't be written/g)?.length, 1)
  }),
)

test(
  'the newest 200 journals are kept, and check runs remove none of them',
  inChanges(async folder => {
    await folder.haq(...run, '--check')
    const old = Array.from({ length: 220 }, (_, i) => `20200101-000000-${i.toString(16).padStart(4, '0')}.jsonl`)
    for (const name of old) await writeFile(join(runsFolder(folder), name), '')
    await folder.haq(...run, '--check')
    const names = (await readdir(runsFolder(folder))).toSorted()
    deepStrictEqual([names.length, names[0]], [202, old[20]])
  }),
)

test.run()
