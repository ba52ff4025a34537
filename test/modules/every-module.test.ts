import { ok } from 'node:assert'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import type * as z from 'zod'
import * as modules from 'haq/modules'
import { isModule } from '../../src/core/module.ts'

for (const [name, module] of Object.entries(modules)) {
  // What is exported beside modules, such as a helper of one of them, has no plan.
  if (!isModule(module)) continue
  const { params, summary } = module.definition as { params: z.ZodObject; summary: string; name: string }

  test(`${name} is exported under its own name, with a summary`, () => {
    ok(module.definition.name === name)
    ok(summary !== '')
  })

  test(`${name} has fixtures that every law is applied to`, () => {
    const url = new URL(`./${name}.test.js`, import.meta.url)
    ok(existsSync(url), `there is no test/modules/${name}.test.ts`)
    ok(
      new RegExp(`lawTests\\)?\\(\\s*${name}\\b`).test(readFileSync(url, 'utf8')),
      `no lawTests(${name}, …) in its test`,
    )
  })

  for (const [key, schema] of Object.entries(params.shape))
    test(`${name}: ${key} is described for haq doc`, () => {
      ok((schema as z.ZodType).description)
    })
}

test.run()
