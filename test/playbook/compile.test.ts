import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert'
import { test } from 'uvu'
import * as z from 'zod'
import { defineModule, play, playbook, sh, unique, type Task } from 'haq'
import { service } from 'haq/modules'
import { HaqError, InventoryError, ParamsError, PlaybookError } from '../../src/core/errors.ts'
import type { InventoryDefinition } from '../../src/inventory/definition.ts'
import { flatten } from '../../src/inventory/inventory.ts'
import { checkVariables } from '../../src/inventory/variables.ts'
import { compilePlaybook } from '../../src/playbook/compile.ts'
import type { Playbook } from '../../src/playbook/playbook.ts'

const note = defineModule({
  name: 'note',
  summary: 'For tests',
  params: z.object({ text: z.string(), size: z.int().optional() }),
  facts: () => ({}),
  plan: () => [],
})

const pair: InventoryDefinition = {
  groups: { web: { hosts: { a: { vars: { id: 1 } }, b: { vars: { id: 2 } } } }, db: { hosts: { b: null } }, none: {} },
}

async function compile(book: Playbook, definition: InventoryDefinition = pair) {
  const inventory = flatten('inv.ts', definition, [])
  return compilePlaybook(book, 'book.ts', inventory, await checkVariables(inventory, book.vars, new Map()))
}

async function refusal(book: Playbook, definition?: InventoryDefinition): Promise<HaqError> {
  const error = await compile(book, definition).then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  )
  if (error instanceof HaqError) return error
  throw error
}

const problems = (error: HaqError): readonly string[] => {
  ok(error instanceof ParamsError || error instanceof InventoryError, error.message)
  return error.problems.map(({ source, path, message }) => `${source}: ${path}: ${message}`)
}

/** A playbook of one play on the group web. */
const book = (tasks: () => readonly Task[], options = {}): Playbook =>
  playbook({ name: 'test', plays: ({ group }) => [play('base', { hosts: group('web'), ...options }, tasks)] })

test('wrong parameters of several tasks on several hosts are reported together, once each', async () => {
  const wrong = playbook({
    name: 'test',
    plays: ({ group }) => [
      play('base', { hosts: group('web') }, host => [
        note({ text: 1 as never }),
        note({ text: 'x', colour: 'red' } as never),
        note({ text: 'x', size: host.name === 'b' ? 0.5 : 1 }),
      ]),
      play('more', { hosts: group('db') }, () => [note({} as never)]),
    ],
  })
  deepStrictEqual(problems(await refusal(wrong)), [
    'book.ts: play base, hosts a, b, note text: Invalid input: expected string, received number',
    'book.ts: play base, hosts a, b, note: Unrecognized key: "colour"',
    'book.ts: play base, host b, note size: Invalid input: expected int, received number',
    'book.ts: play more, host b, note text: Invalid input: expected string, received undefined',
  ])
})

test('a task that is not a handler is refused, and a handler with wrong parameters, too', async () => {
  const error = await refusal(
    book(() => [
      note({ text: 'x' }, { notify: [note({ text: 'y' })] }),
      note({ text: 'z' }, { notify: [service({ name: '-x', state: 'restarted' })] }),
      note({ text: 'fine' }, { notify: [service({ name: 'x', state: 'restarted' })] }),
    ]),
  )
  deepStrictEqual(problems(error), [
    'book.ts: play base, hosts a, b, note notify: note is not a handler; service with state restarted or reloaded is a handler',
    'book.ts: play base, hosts a, b, service name: takes the name of a unit, such as nginx or nginx.service',
  ])
})

test('a group that is missing, and one that is empty, are refused together', async () => {
  const error = await refusal(
    playbook({
      name: 'test',
      plays: ({ group }) => [
        play('one', { hosts: group('nope') }, () => []),
        play('two', { hosts: group('none') }, () => []),
        play('three', { hosts: [group('none').first, ...group('nope').rest] }, host => [note({ text: host.name })]),
      ],
    }),
  )
  deepStrictEqual(problems(error), [
    'inv.ts: groups.nope: is missing; the playbook test runs on it',
    'inv.ts: groups.none: has no hosts',
  ])
})

test('variables are checked for the hosts that the playbook runs on, and for no others', async () => {
  const vars = z.object({ size: z.int() })
  const on = (name: string): Playbook =>
    playbook({ name: 'test', vars, plays: ({ group }) => [play('p', { hosts: group(name) }, () => [])] })
  const definition = { groups: { web: { hosts: { a: null, b: null } }, db: { vars: { size: 1 }, hosts: { b: null } } } }
  await compile(on('db'), definition)
  deepStrictEqual(problems(await refusal(on('web'), definition)), ['inv.ts: vars.size: is missing for a'])
  deepStrictEqual(problems(await refusal(on('web'))), ['inv.ts: vars.size: is missing for a, b'])
})

test('a value that must be unique for each host must not be shared', async () => {
  const vars = z.object({ id: unique(z.int()) })
  const on = playbook({ name: 'test', vars, plays: ({ group }) => [play('p', { hosts: group('web') }, () => [])] })
  await compile(on)
  const shared = {
    groups: { web: { hosts: { a: { vars: { id: 7 } }, b: { vars: { id: 7 } }, c: { vars: { id: 8 } } } } },
  }
  deepStrictEqual(problems(await refusal(on, shared)), [
    'inv.ts: groups.web.hosts.b.vars.id: id 7 is shared by a and b; each host needs its own',
  ])
})

test('a problem of the inventory is reported instead of the exception that it causes in the playbook', async () => {
  const stumbling = playbook({
    name: 'test',
    vars: z.object({ peer: z.string() }),
    plays: ({ group }) => [
      play('p', { hosts: group('web') }, () => []),
      play(group('web').first.vars.peer.trim(), { hosts: [] }, () => []),
    ],
  })
  deepStrictEqual(problems(await refusal(stumbling)), ['inv.ts: vars.peer: is missing for a, b'])
})

test('an exception in a playbook is reported with its place', async () => {
  for (const throwing of [
    playbook({
      name: 'test',
      plays: () => {
        throw new Error('from the plays')
      },
    }),
    book(() => {
      throw new Error('from the tasks')
    }),
  ]) {
    const error = await refusal(throwing)
    ok(error instanceof PlaybookError)
    ok(/^book\.ts: (play base: )?from the (plays|tasks)$/.test(error.message), error.message)
    ok(error.hint?.includes('compile.test'), error.hint)
  }
})

test('mistakes that only a playbook in JavaScript can have are refused', async () => {
  deepStrictEqual(problems(await refusal(book(() => [false as never, note({ text: 'x' })]))), [
    'book.ts: play base, hosts a, b, tasks[0]: takes a task, not false',
  ])
  const error = await refusal(book(() => undefined as never))
  strictEqual(error.message, 'book.ts: play base: its tasks are not a list, but undefined')
  deepStrictEqual(problems(await refusal(book(() => [], { serialHandlers: 0 }))), [
    'book.ts: play base: serialHandlers takes a whole number from 1, not 0',
  ])
  for (const serial of [0, -1, 1.5])
    deepStrictEqual(problems(await refusal(book(() => [], { serial }))), [
      `book.ts: play base: serial takes a whole number from 1, not ${serial}`,
    ])
})

test('a host in two groups runs a play once', async () => {
  const both = playbook({
    name: 'test',
    plays: ({ group }) => [play('p', { hosts: [...group('web'), ...group('db')] }, () => [note({ text: 'x' })])],
  })
  const { plays } = await compile(both)
  deepStrictEqual(
    plays[0]?.hosts.map(({ name }) => name),
    ['a', 'b'],
  )
})

test('the tasks of a play that branches on facts are not made before the run', async () => {
  const facts = { x: { key: 'x', script: sh`:`, parse: (text: string) => text } }
  const { plays } = await compile(
    playbook({
      name: 'test',
      plays: ({ group }) => [
        play('p', { hosts: group('web'), facts }, () => {
          throw new Error('too early')
        }),
      ],
    }),
  )
  strictEqual(plays[0]?.known.size, 0)
})

test('a group has its first host, its other hosts, and its name', async () => {
  await compile(
    playbook({
      name: 'test',
      plays: ({ group }) => {
        const web = group('web')
        deepStrictEqual([web.name, web.first.name, web.rest.map(h => h.name)], ['web', 'a', ['b']])
        strictEqual(group('db').first, web.rest[0])
        throws(() => Object.assign(web.first, { name: 'x' }), TypeError)
        return []
      },
    }),
  )
})

test.run()
