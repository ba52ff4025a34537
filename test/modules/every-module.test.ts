import { ok } from 'node:assert'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import type * as z from 'zod'
import * as modules from 'haq/modules'
import { isModule } from '../../src/core/module.ts'

/** The compiled tests of all families. */
const testFiles = readdirSync(fileURLToPath(new URL('.', import.meta.url)), { recursive: true, encoding: 'utf8' }).map(
  path => `./${path}`,
)

for (const [name, module] of Object.entries(modules)) {
  // What is exported beside modules, such as a helper of one of them, has no plan.
  if (!isModule(module)) continue
  const { params, summary } = module.definition as { params: z.ZodObject; summary: string; name: string }

  test(`${name} is exported under its own name, with a summary`, () => {
    ok(module.definition.name === name)
    ok(summary !== '')
  })

  test(`${name} has fixtures that every law is applied to`, () => {
    const path = testFiles.find(file => file.endsWith(`/${name}.test.js`))
    ok(path, `there is no test/modules/FAMILY/${name}.test.ts`)
    ok(
      new RegExp(`lawTests\\)?\\(\\s*${name}\\b`).test(readFileSync(new URL(path, import.meta.url), 'utf8')),
      `no lawTests(${name}, …) in its test`,
    )
  })

  for (const [key, schema] of Object.entries(params.shape))
    test(`${name}: ${key} is described for haq doc`, () => {
      ok((schema as z.ZodType).description)
    })
}

test.run()
