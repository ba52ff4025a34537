import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as prettier from 'prettier'
import ts from 'typescript'
import { test } from 'uvu'
import { Secret, stepsOf, unknown, type Task } from 'haq'
import * as modules from 'haq/modules'
import { indexPage } from '../../src/cli/doc/markdown.ts'
import { readModuleDocs } from '../../src/cli/doc/module-doc.ts'
import { isModule } from '../../src/core/module.ts'
import { makeGroup } from '../../src/playbook/group.ts'
import { loadPlaybook } from '../../src/playbook/load.ts'

// Examples stand in doc comments, which no compiler reads. Here they are put into the play in which they stand by the
// index of the pages, and that playbook is compiled and run.

const root = fileURLToPath(new URL('../../../', import.meta.url))
const collection = Object.values<unknown>(modules).filter(isModule)
const docs = await readModuleDocs(collection, new URL('../../modules/', import.meta.url))

/** The playbook of the index with all examples in it. */
function playbookOfExamples(): string {
  const [, play = ''] = /```ts\n([^]*?)```/.exec(indexPage(docs)) ?? []
  const names = docs.map(({ name }) => name).join(', ')
  const examples = docs.map(({ comment }) => comment.example ?? `'no example'`).join(',\n')
  return play
    .replace("{ service } from 'haq/modules'", `{ ${names} } from 'haq/modules'`)
    .replace('// an example', examples)
}

const vars = { cookie: new Secret('cookie'), password: new Secret('password') }
const hosts = ['initiator', 'mygateway'].map((name, at) => ({ name, address: `192.168.1.${at}`, groups: [], vars }))

async function tasksOf(file: string): Promise<readonly Task[]> {
  const { plays } = await loadPlaybook(file)
  const group = (name: string) => makeGroup(name, hosts)
  return plays({ group, findGroup: group }).flatMap(play => play.tasks(group('rabbit').first, {}))
}

function typeErrorsOf(file: string): readonly string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), path => ts.sys.readFile(path)) as {
    config: { compilerOptions: Record<string, unknown> }
  }
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
  // Without the folders of the build, imports of haq are found where it wrote them.
  const { outDir, rootDir, tsBuildInfoFile, incremental, ...rest } = options
  const program = ts.createProgram([file], { ...rest, noEmit: true })
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file: { text } = { text: '' }, start = 0 }) => {
    const [line] = text.slice(start).split('\n')
    return `${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}

// It stands in the package, from where its imports of haq are found.
const file = join(root, `dist/examples-${process.pid}.ts`)
await writeFile(file, playbookOfExamples())
const typeErrors = typeErrorsOf(file)
const tasks = await tasksOf(file).finally(() => rm(file))

test('the types of all examples are right', () => {
  deepStrictEqual(typeErrors, [])
})

for (const [at, { name, comment }] of docs.entries()) {
  const { [at]: example } = tasks
  // A handler is shown in a task that notifies it.
  const task = [example, ...(example?.notify ?? [])].find(task => task?.module === name)

  test(`${name} has an example of itself, whose parameters are right`, () => {
    ok(comment.example, 'its doc comment needs an @example')
    ok(task, 'its example shows other modules')
    deepStrictEqual(example?.problems, [])
    deepStrictEqual(task.problems, [])
  })

  test(`the example of ${name} is formatted, for a terminal of 80 columns`, async () => {
    const config = await prettier.resolveConfig(join(root, 'package.json'))
    const { example: code = '' } = comment
    strictEqual(code, (await prettier.format(code, { ...config, parser: 'typescript', printWidth: 76 })).trim())
  })

  test(`${name} says of itself that it changes nothing exactly if its example plans no step`, () => {
    ok(task)
    // Where nothing is known a plan shows all that it could do: a law, to which the tests of each module hold it.
    const steps = stepsOf(task.plan(Object.fromEntries(Object.keys(task.facts).map(fact => [fact, unknown]))))
    strictEqual(comment.paragraphs[0]?.startsWith('Changes nothing.'), steps.length === 0)
  })
}

test.run()
