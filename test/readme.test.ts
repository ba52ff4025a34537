import { ok } from 'node:assert'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')

test('the module that the README shows in full is the one that is there', () => {
  const [, path = '', code = ''] = /^\[(modules\/\S+)\]\(\1\):\n\n```ts\n([^]*?)```/m.exec(read('README.md')) ?? []
  ok(code && read(path).endsWith(code), `${path} is not what the README says`)
})

test.run()
