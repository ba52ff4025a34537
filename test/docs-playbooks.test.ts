import { ok } from 'node:assert'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import { prepare } from '../src/program/prepare.ts'
import { fencesOf, type Fence } from './docs-pages.ts'
import { inFolder } from './temp.ts'

/** The first block of a page with these words in it. */
function blockOn(page: string, words: string): Fence {
  const fence = fencesOf(page).find(({ code }) => code.includes(words))
  ok(fence, `${page} has no block with ${words}`)
  return fence
}

const playbookOn = (page: string): Fence => blockOn(page, 'export default playbook(')
const inventoryOn = (page: string): Fence => blockOn(page, 'groups:')

for (const [playbook, inventory] of [
  [playbookOn('docs/getting-started.md'), inventoryOn('docs/getting-started.md')],
  [playbookOn('docs/playbooks.md'), inventoryOn('docs/inventory.md')],
] as const)
  test(
    `the playbook on ${playbook.page} takes the inventory on ${inventory.page}, and all its parameters are right`,
    inFolder(async folder => {
      const [book, hosts] = [join(folder, 'book.ts'), join(folder, `hosts.${inventory.info}`)]
      await writeFile(book, playbook.code)
      await writeFile(hosts, inventory.code)
      process.env['WEB_TOKEN'] = 'a token'
      const { plays } = (await prepare(book, { inventory: hosts })).playbook
      const tasks = plays.flatMap(({ known }) => [...known.values()].flat())
      ok(tasks.length > 0)
    }),
  )

test.run()
