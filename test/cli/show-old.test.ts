import { deepStrictEqual, match, ok } from 'node:assert'
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import { inProject, ownFolder } from './haq.ts'

const book = (path: string): string => `import { play, playbook } from 'haq'
import { file } from 'haq/modules'
export default playbook({ name: 'b', plays: ({ group }) => [play('p', { hosts: group('here').slice(0, 1) }, () => [
  file({ path: '${path}/conf', content: 'kept = 1\\nnew = 1\\n', mode: '0644' }),
])] })
`

/** Everything that haq keeps of its runs. */
async function journals(folder: string): Promise<string> {
  const runs = join(ownFolder(folder), 'state/haq/runs')
  const texts = (await readdir(runs)).map(name => readFile(join(runs, name), 'utf8'))
  return (await Promise.all(texts)).join('')
}

test(
  'old content that others may not read is shown to whoever asks for it, and kept nowhere',
  inProject(async ({ haq, write, path }) => {
    await write('old.ts', book(path))
    await writeFile(join(path, 'conf'), 'kept = 1\n# was CANARY\n')
    await chmod(join(path, 'conf'), 0o640)
    const hidden = await haq('run', 'old.ts', '-i', 'inv', '--check', '--diff')
    match(hidden.stdout, /conf: hidden 0640 .* → sha256/)
    match(hidden.stdout, /old content hidden, --show-old shows it\n.*\n {5}kept = 1\n {4}\+new = 1\n/)
    const outputs = [hidden]
    for (const output of ['plain', 'pretty', 'json'])
      outputs.push(await haq('run', 'old.ts', '-i', 'inv', '--check', '--diff', '-o', output))
    for (const { exitCode, all } of outputs) deepStrictEqual([exitCode, all.includes('CANARY')], [0, false], all)
    for (const output of ['plain', 'pretty', 'json']) {
      const { all } = await haq('run', 'old.ts', '-i', 'inv', '--check', '--show-old', '-o', output)
      deepStrictEqual([all.includes('# was CANARY'), all.includes('hidden,')], [true, false], all)
    }
    match((await haq('plan', 'old.ts', '-i', 'inv', '-o', 'saved.plan', '--show-old')).stdout, /-# was CANARY/)
    ok(!(await readFile(join(path, 'saved.plan'), 'utf8')).includes('CANARY'))
    const shown = await haq('show', 'saved.plan', '--diff')
    match(shown.stdout, /old content hidden\n.*\n {5}kept = 1\n {4}\+new = 1\n/)
    match((await haq('apply', 'saved.plan', '--show-old')).stdout, /-# was CANARY/)
    const undone = await haq('undo', '--diff')
    match(undone.stdout, /old content hidden\n.*\n {5}kept = 1\n {4}-new = 1\n/)
    deepStrictEqual(await readFile(join(path, 'conf'), 'utf8'), 'kept = 1\n# was CANARY\n')
    ok(!(await journals(path)).includes('CANARY'))
  }),
)

test.run()
