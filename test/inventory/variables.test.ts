import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { test } from 'uvu'
import * as z from 'zod'
import { Secret } from '../../src/core/secret.ts'
import type { InventoryDefinition } from '../../src/inventory/definition.ts'
import { flatten } from '../../src/inventory/inventory.ts'
import { secret } from '../../src/inventory/secret.ts'
import { checkVariables } from '../../src/inventory/variables.ts'
import { inFolder } from '../temp.ts'

/** Checks the variables of one host, which are set at the host. */
async function check(
  schema: z.ZodObject,
  vars: Record<string, unknown>,
  extra: Readonly<Record<string, string>> = {},
  source = 'inv.ts',
) {
  const definition: InventoryDefinition = { hosts: { h: { vars } } }
  const checked = await checkVariables(flatten(source, definition, []), schema, new Map(Object.entries(extra)))
  const { values = {}, problems = [] } = checked.get('h') ?? {}
  return { values, problems: problems.map(p => [p.source, p.path, p.message].filter(Boolean).join(': ')) }
}

const revealed = (value: unknown): unknown => (value instanceof Secret ? value.reveal() : value)

test('a value of -e overrides the inventory; it is text, or the type that the schema needs', async () => {
  const schema = z.object({ lvs: z.boolean(), text: z.string(), count: z.int(), list: z.array(z.string()) })
  const { values, problems } = await check(
    schema,
    { lvs: true, text: 'x', count: 1, list: [] },
    { lvs: 'false', text: '12', count: '12', list: '["a"]' },
  )
  deepStrictEqual(problems, [])
  deepStrictEqual(values, { lvs: false, text: '12', count: 12, list: ['a'] })
})

test('the problem of a wrong -e names -e', async () => {
  const { problems } = await check(z.object({ lvs: z.boolean(), cookie: secret() }), {}, { lvs: 'no', cookie: 'abc' })
  strictEqual(problems.length, 2)
  ok(problems[0]?.startsWith('-e lvs: '), problems[0])
  ok(problems[1]?.startsWith('-e cookie: takes a secret'), problems[1])
  ok(!problems[1]?.includes('abc'))
})

test('default, optional and missing variables; undeclared variables are ignored', async () => {
  const schema = z.object({ a: z.string().default('x'), b: z.string().optional(), c: z.string(), d: z.ipv4() })
  const { values, problems } = await check(schema, { d: '300.1.1.1', other: 1 })
  deepStrictEqual(problems, ['inv.ts: vars.c: is missing for h', 'inv.ts: hosts.h.vars.d: Invalid IPv4 address'])
  strictEqual(values['a'], 'x')
})

test('a schema can have rules about several variables', async () => {
  const schema = z
    .object({ low: z.int(), high: z.int().default(9) })
    .refine(({ low, high }) => low < high, { error: 'low must be below high', path: ['low'] })
  deepStrictEqual((await check(schema, { low: 1 })).values, { low: 1, high: 9 })
  deepStrictEqual((await check(schema, { low: 10 })).problems, ['inv.ts: vars of h.low: low must be below high'])
})

test('a secret comes from the environment', async () => {
  process.env['HAQ_TEST_SECRET'] = 'from env'
  try {
    const { values, problems } = await check(z.object({ a: secret(), b: secret() }), {
      a: secret.env('HAQ_TEST_SECRET'),
      b: { secret: { env: 'HAQ_TEST_SECRET' } },
    })
    deepStrictEqual(problems, [])
    deepStrictEqual([revealed(values['a']), revealed(values['b'])], ['from env', 'from env'])
    ok(!inspect(values).includes('from env'))
  } finally {
    delete process.env['HAQ_TEST_SECRET']
  }
})

test('the error for a missing secret names what to set; an optional secret can be missing', async () => {
  const { values, problems } = await check(z.object({ a: secret(), b: secret().optional(), c: secret().optional() }), {
    a: secret.env('HAQ_TEST_UNSET'),
    b: secret.env('HAQ_TEST_UNSET', { optional: true }),
    c: { secret: { env: 'HAQ_TEST_UNSET', optional: true } },
  })
  deepStrictEqual(problems, ['inv.ts: hosts.h.vars.a: the secret is missing: set HAQ_TEST_UNSET in the environment'])
  strictEqual(values['b'], undefined)
})

test(
  'a secret comes from the first line of a private file beside the inventory',
  inFolder(async folder => {
    await writeFile(join(folder, 'cookie'), 'from file\r\nmore\n', { mode: 0o600 })
    await writeFile(join(folder, 'empty'), '', { mode: 0o600 })
    const schema = z.object({ a: secret(), b: secret(), c: secret().optional() })
    const vars = { a: secret.file('cookie'), b: { secret: { file: join(folder, 'cookie') } } }
    const source = join(folder, 'inv.ts')
    const { values, problems } = await check(schema, vars, {}, source)
    deepStrictEqual(problems, [])
    deepStrictEqual([revealed(values['a']), revealed(values['b'])], ['from file', 'from file'])

    for (const mode of [0o640, 0o604, 0o610]) {
      await chmod(join(folder, 'cookie'), mode)
      const refused = await check(schema, { ...vars, b: vars.a }, {}, source)
      strictEqual(refused.problems.length, 2)
      ok(refused.problems.every(problem => problem.includes('others can read cookie: chmod 600 it')))
      ok(!refused.problems.join().includes('from file'))
    }
    await chmod(join(folder, 'cookie'), 0o400)
    const others = await check(schema, { ...vars, b: secret.file('empty'), c: secret.file('nope') }, {}, source)
    strictEqual(others.problems.length, 2)
    ok(others.problems[0]?.endsWith('hosts.h.vars.b: the secret is missing: empty is empty'))
    ok(/vars\.c: the secret can't be read: ENOENT/.test(others.problems[1] ?? ''))
  }),
)

test('a secret comes from the first line that a command prints; a failed command is an error', async () => {
  const schema = z.object({ a: secret(), b: secret(), c: secret(), d: secret(), e: secret() })
  const { values, problems } = await check(schema, {
    a: secret.command('printf', '%s\\n', 'from command', 'more'),
    b: { secret: { command: ['printf', 'from yaml'] } },
    c: secret.command('false'),
    d: secret.command('true'),
    e: secret.command('/nowhere/pass', 'show'),
  })
  deepStrictEqual([revealed(values['a']), revealed(values['b'])], ['from command', 'from yaml'])
  strictEqual(problems.length, 3)
  ok(problems[0]?.includes("vars.c: the secret can't be read: Command failed with exit code 1: false"))
  ok(problems[1]?.endsWith('vars.d: the secret is missing: true printed nothing'))
  ok(problems[2]?.includes('ENOENT'))
})

test('a secret can be inside of a value, and every missing secret is reported with its path', async () => {
  const schema = z.object({ users: z.array(z.object({ name: z.string(), password: secret() })) })
  const users = [
    { name: 'a', password: secret.command('echo', 'one') },
    { name: 'b', password: { secret: { command: ['echo', 'two'] } } },
  ]
  const { values } = await check(schema, { users })
  deepStrictEqual(
    (values['users'] as { password: Secret }[]).map(({ password }) => password.reveal()),
    ['one', 'two'],
  )
  const { problems } = await check(schema, { users: [{ name: 'a', password: secret.env('HAQ_TEST_UNSET') }] })
  deepStrictEqual(problems, [
    'inv.ts: hosts.h.vars.users[0].password: the secret is missing: set HAQ_TEST_UNSET in the environment',
  ])
})

test('a secret in the text of an inventory is refused, and not shown', async () => {
  const { problems } = await check(z.object({ cookie: secret() }), { cookie: 'abc123' })
  strictEqual(problems.length, 1)
  ok(problems[0]?.includes('takes a secret: secret.env(NAME)') && !problems[0].includes('abc123'))
})

test.run()
