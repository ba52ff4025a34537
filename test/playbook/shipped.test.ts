import { ok } from 'node:assert'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import { loadInventory } from '../../src/inventory/load.ts'
import { checkVariables } from '../../src/inventory/variables.ts'
import { importDefault } from '../../src/loader/import-default.ts'
import { compilePlaybook } from '../../src/playbook/compile.ts'
import type { Playbook } from '../../src/playbook/playbook.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** What must be said on the command line. */
const extra: Readonly<Record<string, (host: string) => readonly (readonly [string, string])[]>> = {
  'add-node.ts': host => [['node', host]],
  'remove-node.ts': host => [['node', host]],
  'failover-drill.ts': () => [['break', 'power']],
}

const typescript = async (folder: string): Promise<readonly string[]> =>
  (await readdir(join(root, folder))).filter(name => name.endsWith('.ts'))

process.env['HAQ_ERLANG_COOKIE'] ??= 'cookie'
for (const site of await typescript('inventory'))
  for (const book of await typescript('playbooks'))
    test(`playbooks/${book} takes inventory/${site}`, async () => {
      const inventory = await loadInventory(join(root, 'inventory', site))
      const playbook = (await importDefault(join(root, 'playbooks', book))) as Playbook
      const vars = new Map(extra[book]?.([...inventory.hosts.keys()][0] ?? ''))
      const { plays } = compilePlaybook(playbook, book, inventory, await checkVariables(inventory, playbook.vars, vars))
      ok(plays.length > 0)
    })

test.run()
