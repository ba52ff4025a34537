import { deepStrictEqual, ok } from 'node:assert'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import { loadInventory } from '../../src/inventory/load.ts'
import { checkVariables } from '../../src/inventory/variables.ts'
import { importDefault } from '../../src/loader/import-default.ts'
import { compilePlaybook, type CompiledPlay } from '../../src/playbook/compile.ts'
import type { Playbook } from '../../src/playbook/playbook.ts'
import { plannedTexts } from '../planned-texts.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** The variables that must be given on the command line. */
const extra: Readonly<Record<string, (host: string) => readonly (readonly [string, string])[]>> = {
  'add-node.ts': host => [['node', host]],
  'remove-node.ts': host => [['node', host]],
  'failover-drill.ts': () => [['break', 'power']],
}

const typescript = async (folder: string): Promise<readonly string[]> =>
  (await readdir(join(root, folder))).filter(name => name.endsWith('.ts'))

process.env['HAQ_ERLANG_COOKIE'] ??= 'cookie'
/** The plays of a playbook with an inventory. */
async function compile(book: string, site: string): Promise<readonly CompiledPlay[]> {
  const inventory = await loadInventory(join(root, 'inventory', site))
  const playbook = (await importDefault(join(root, 'playbooks', book))) as Playbook
  const vars = new Map(extra[book]?.([...inventory.hosts.keys()][0] ?? ''))
  return compilePlaybook(playbook, book, inventory, await checkVariables(inventory, playbook.vars, vars)).plays
}

for (const site of await typescript('inventory'))
  for (const book of await typescript('playbooks'))
    test(`playbooks/${book} works with inventory/${site}`, async () => {
      ok((await compile(book, site)).length > 0)
    })

test('a tie-breaker is a broker like the others, but gets no clients', async () => {
  const plays = await compile('cluster.ts', 'tiebreaker.ts')
  const playsOf = (host: string): readonly string[] =>
    plays.filter(({ hosts }) => hosts.some(({ name }) => name === host)).map(({ name }) => name)
  deepStrictEqual(playsOf('witness'), ['brokers', 'cluster', 'verify'])
  deepStrictEqual(playsOf('mygateway'), ['real servers', 'brokers', 'directors', 'cluster', 'verify'])

  const directors = plays.find(({ name }) => name === 'directors')
  const task = directors?.known.get('initiator')?.find(({ name }) => name.startsWith('keepalivedConf'))
  ok(task)
  const [text = ''] = plannedTexts(task)
  deepStrictEqual(text.match(/(?<=real_server )\S+/g), ['192.168.1.121', '192.168.1.114'])
})

test.run()
