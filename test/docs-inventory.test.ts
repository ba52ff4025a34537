import { deepStrictEqual, ok } from 'node:assert'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import type { Inventory } from '../src/inventory/inventory.ts'
import { loadInventory } from '../src/inventory/load.ts'
import { secretSourceOf } from '../src/inventory/secrets.ts'
import { fencesOf, pages, type Fence } from './docs-pages.ts'
import { inFolder } from './temp.ts'

/** The blocks on a page that are inventories. */
const inventoriesOn = (page: string): readonly Fence[] =>
  fencesOf(page).filter(
    ({ info, code }) =>
      (info === 'yaml' && /^groups:/m.test(code)) || (info === 'ts' && code.includes('export default inventory(')),
  )

async function load(folder: string, { info, code, line }: Fence): Promise<Inventory> {
  const file = join(folder, `line-${line}.${info}`)
  await writeFile(file, code)
  return loadInventory(file)
}

const fences = pages.flatMap(inventoriesOn)

test('there are inventories on the pages, in TypeScript and in YAML', () => {
  deepStrictEqual(new Set(fences.map(({ info }) => info)), new Set(['ts', 'yaml']))
})

for (const fence of fences)
  test(
    `the inventory on ${fence.page}, line ${fence.line}, has hosts and nothing wrong`,
    inFolder(async folder => {
      const { problems, hosts } = await load(folder, fence)
      deepStrictEqual(problems, [])
      ok(hosts.size > 0)
    }),
  )

test(
  'the forms that docs/inventory.md calls the same are the same',
  inFolder(async folder => {
    const [typescript, yaml] = inventoriesOn('docs/inventory.md')
    ok(typescript?.info === 'ts' && yaml?.info === 'yaml')
    const hostsOf = async (fence: Fence): Promise<unknown> =>
      [...(await load(folder, fence)).hosts.values()].map(host => ({
        ...host,
        variables: [...host.variables].map(([name, { value, path }]) => ({
          name,
          path,
          // As JSON, in which the mark of a source in TypeScript is not.
          value: JSON.stringify(secretSourceOf(value) ?? value),
        })),
      }))
    deepStrictEqual(await hostsOf(yaml), await hostsOf(typescript))
  }),
)

test.run()
