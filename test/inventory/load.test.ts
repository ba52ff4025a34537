import { deepStrictEqual, match, ok, rejects, strictEqual } from 'node:assert'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import { InventoryError } from '../../src/core/errors.ts'
import { findInventory, loadInventory } from '../../src/inventory/load.ts'
import { inFolder } from '../temp.ts'

const forms: Readonly<Record<string, string>> = {
  ts: `import { inventory } from 'haq'
const port: number = 22
export default inventory({ groups: { web: { hosts: { a: { address: '192.0.2.1', port } }, vars: { v: 1 } } } })`,
  js: `export default { groups: { web: { hosts: { a: { address: '192.0.2.1', port: 22 } }, vars: { v: 1 } } } }`,
  json: `{"groups":{"web":{"hosts":{"a":{"address":"192.0.2.1","port":22}},"vars":{"v":1}}}}`,
  yaml: `groups:\n  web:\n    hosts:\n      a: { address: 192.0.2.1, port: 22 }\n    vars: { v: 1 }\n`,
}

const load = async (folder: string, name: string, text: string) => {
  await writeFile(join(folder, name), text)
  return loadInventory(join(folder, name))
}

for (const [ending, text] of Object.entries(forms))
  test(
    `an inventory can be a file with the ending .${ending}`,
    inFolder(async folder => {
      const { hosts, problems } = await load(folder, `prod.${ending}`, text)
      deepStrictEqual(problems, [])
      const a = hosts.get('a')
      deepStrictEqual([a?.address, a?.reach.port, a?.variables.get('v')?.value], ['192.0.2.1', 22, 1])
    }),
  )

test(
  'a name without its ending finds the file, or hosts.* in the folder',
  inFolder(async folder => {
    await writeFile(join(folder, 'prod.yaml'), '')
    await mkdir(join(folder, 'stage'))
    await writeFile(join(folder, 'stage', 'hosts.json'), '{}')
    strictEqual(await findInventory(join(folder, 'prod')), join(folder, 'prod.yaml'))
    strictEqual(await findInventory(join(folder, 'stage')), join(folder, 'stage', 'hosts.json'))
    strictEqual(await findInventory(join(folder, 'prod.yaml')), join(folder, 'prod.yaml'))
    await writeFile(join(folder, 'prod.ts'), 'export default {}')
    strictEqual(await findInventory(join(folder, 'prod')), join(folder, 'prod.ts'))
  }),
)

test(
  'the error for a missing inventory lists the files that haq looked for',
  inFolder(async folder => {
    await rejects(loadInventory(join(folder, 'nope')), (error: unknown) => {
      ok(error instanceof InventoryError)
      match(error.message, /no inventory .*nope\n.*looked for .*nope\.\{ts,js,json,yaml,yml\}.*hosts\.\{/)
      return true
    })
  }),
)

for (const [ending, text] of [
  ['yaml', 'a: [1'],
  ['json', '{"a": '],
  ['ts', 'export default {'],
  ['js', 'throw new Error("from the file")'],
] as const)
  test(
    `a .${ending} file that can't be read is named in the error`,
    inFolder(folder =>
      rejects(load(folder, `bad.${ending}`, text), (error: unknown) => {
        ok(error instanceof InventoryError)
        match(error.problems[0]?.source ?? '', new RegExp(`bad\\.${ending}$`))
        return true
      }),
    ),
  )

const problemsOf = async (folder: string, text: string): Promise<readonly string[]> =>
  (await load(folder, 'bad.yaml', text)).problems.map(({ path, message }) => `${path}: ${message}`)

test(
  'all problems of the form are reported together, each with its path',
  inFolder(async folder => {
    const found = await problemsOf(
      folder,
      `
colour: red
groups:
  1web: {}
  web:
    hosts:
      a: { adress: 192.0.2.1, port: 70000 }
      b: { connection: exec }
      c: { connection: telnet, exec: [docker, 3] }
      -x: {}
    user: "a b"
`,
    )
    const expected = [
      /^: Unrecognized key: "colour"/,
      /^groups\.1web: a group name takes/,
      /^groups\.web\.hosts\.a\.port: /,
      /^groups\.web\.hosts\.a: Unrecognized key: "adress"/,
      /^groups\.web\.hosts\.b: connection exec takes the words/,
      /^groups\.web\.hosts\.c\.connection: /,
      /^groups\.web\.hosts\.c\.exec\[1\]: /,
      /^groups\.web\.hosts\.-x: a host name takes/,
      /^groups\.web\.user: takes a user name/,
    ]
    for (const pattern of expected)
      ok(
        found.some(line => pattern.test(line)),
        `${pattern} in\n${found.join('\n')}`,
      )
    strictEqual(found.length, expected.length, found.join('\n'))
  }),
)

test(
  'valid parts beside a problem are kept, so that the variables are checked, too',
  inFolder(async folder => {
    const { hosts } = await load(
      folder,
      'bad.yaml',
      'colour: red\ngroups: { web: { vars: { v: 1 }, hosts: { a: { port: x, exec: [a, 1] }, b: null } } }',
    )
    deepStrictEqual([...hosts.keys()], ['a', 'b'])
    strictEqual(hosts.get('a')?.variables.get('v')?.value, 1)
  }),
)

test(
  'an empty file is an inventory without hosts',
  inFolder(async folder => {
    const { hosts, problems } = await load(folder, 'empty.yaml', '')
    deepStrictEqual([hosts.size, problems], [0, []])
  }),
)

test.run()
