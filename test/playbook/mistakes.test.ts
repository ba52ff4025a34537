import { ok } from 'node:assert'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import { HaqError } from '../../src/core/errors.ts'
import { prepare } from '../../src/program/prepare.ts'
import { inFolder } from '../temp.ts'

const heading = `import { osRelease, play, playbook } from 'haq'
import { file, service } from 'haq/modules'
import * as z from 'zod'
const f = options => file({ path: '/x', content: 'a' }, options)
`
const book = (plays: string): string =>
  `export default playbook({ name: 'b', plays: ({ group, hosts }) => [${plays}] })`
const tasks = (list: string): string => book(`play('p', { hosts: group('web') }, ${list})`)

/** What only types would catch, and what haq says of it. */
const mistakes: readonly (readonly [text: string, ...said: readonly string[]])[] = [
  [
    book(`play('p', { hosts }, () => [])`),
    "play p: hosts takes a group of the inventory, such as group('web'), or a list of hosts, not undefined",
  ],
  [
    book(`play('p', { hosts: 'web' }, () => [])`),
    "play p: hosts takes a group of the inventory, such as group('web'), or a list of hosts, not 'web'",
  ],
  [book(`play('p', { hosts: group('web').first }, () => [])`), 'play p: hosts takes a group of the inventory, such as'],
  [
    book(`play('p', { hosts: [group('web').rest[0], 'a'] }, () => [])`),
    'play p: hosts[0] takes a host of the inventory, not undefined',
    "play p: hosts[1] takes a host of the inventory, not 'a'",
  ],
  [
    book(`play('p', { host: group('web') }, () => [])`),
    'play p: hosts takes a group of the inventory',
    'play p: Unrecognized key: "host"',
  ],
  [
    book(`play('p', { hosts: group('web'), tags: 'x', anyErrorsFatal: 'no' }, () => [])`),
    "play p: tags takes a list of words, not 'x'",
    "play p: anyErrorsFatal takes true or false, not 'no'",
  ],
  [book(`play('p', { hosts: group('web'), facts: [osRelease, 1] }, () => [])`), 'play p: facts takes facts by name'],
  [
    book(`play('p', { hosts: group('web'), facts: { os: undefined } }, () => [])`),
    'play p: facts.os takes a fact, such as osRelease, not undefined',
  ],
  [
    book(`play('p', { hosts: group('web') }, [f()])`),
    'play p: its third word takes a function that gives the tasks of a host, not a list of 1',
  ],
  [book(`play('p', () => [f()])`), "play p: takes a name, then options such as { hosts: group('web') }"],
  [book(`play({ hosts: group('web') }, () => [])`), "takes a name, then options such as { hosts: group('web') }"],
  [book(`play('', { hosts: group('web') }, () => [])`), "play : name takes a text, not ''"],
  [
    book(`{ name: 'p', hosts: group('web') }, undefined`),
    'plays[0] is no play, but an object; plays[1] is no play, but undefined',
  ],
  [book(`f()`), 'plays[0] is no play, but the task file /x'],
  [book(`play('p', { hosts: group('nope') }, () => [])`), 'groups.nope: is missing; the playbook b runs on it'],
  [tasks(`() => group('nope').map(f)`), 'groups.nope: is missing; the playbook b runs on it'],
  [tasks(`() => undefined`), 'play p: its tasks are not a list, but undefined'],
  [tasks(`() => { f() }`), 'play p: its tasks are not a list, but undefined'],
  [tasks(`() => f()`), 'play p: its tasks are not a list, but the task file /x'],
  [tasks(`async () => { throw new Error('never seen') }`), 'play p: its tasks are not a list, but a promise; await it'],
  [
    tasks(`() => [undefined, f, file, [f()], Promise.resolve(f())]`),
    'tasks[0]: takes a task, not undefined',
    'tasks[1]: takes a task, not a function',
    'tasks[2]: takes a task, not a module that is not called',
    'tasks[3]: takes a task, not a list of 1',
    'tasks[4]: takes a task, not a promise; await it',
  ],
  [tasks(`() => [f({ notify: service({ name: 'x', state: 'restarted' }) })]`), 'file notify: takes a list of handlers'],
  [
    tasks(`() => [f({ notify: [undefined, service] }), f({ tags: 'x' }), f({ tag: ['x'] }), f(1)]`),
    'file notify[0]: takes a handler',
    'file notify[1]: takes a handler',
    'file tags: takes a list of words',
    'file: Unrecognized key: "tag"',
    'file: options of a task are { name, notify, tags, timeout }',
  ],
  [tasks(`() => [f({ notify: [f()] })]`), 'file /x notify: file /x is not a handler'],
  [
    tasks(`() => [file(), file({ path: Promise.resolve('/x'), content: 'a' })]`),
    'file: Invalid input: expected object, received undefined',
    'file path: Invalid input: expected string',
  ],
  [
    book(`play('p', { hosts }, () => []), play('q', { hosts: group('web') }, () => { throw new Error('too') })`),
    'play p: hosts takes a group',
    'play q: too (at ',
  ],
  ['export default playbook()', 'playbook takes { name, vars, plays }'],
  [
    'export default playbook({ nam: 1, vars: {}, play: [] })',
    'name takes a text, not undefined; vars takes a schema such as z.object({ … }), not an object; plays takes a function that gives a list of plays, not undefined; Unrecognized keys: "nam", "play"',
  ],
  [`export default playbook({ name: 'b', vars: z.object({ x: 1 }), plays: () => [] })`, 'vars.x takes a schema, not 1'],
  [
    `export default playbook({ name: 'b', plays: async () => { throw new Error('never seen') } })`,
    'plays gives no list of plays, but a promise; await it',
  ],
  [
    `export default playbook({ name: 'b', plays: () => play('p', { hosts: [] }, () => []) })`,
    'plays gives no list of plays, but an object',
  ],
  [`export default () => playbook({ name: 'b', plays: () => [] })`, 'exports no playbook'],
  [`export const b = playbook({ name: 'b', plays: () => [] })`, 'exports no playbook'],
  [`export default f()`, 'exports no playbook'],
  [`export default Promise.reject(new Error('in a promise'))`, "can't be loaded: in a promise"],
  [`throw undefined`, "can't be loaded: undefined"],
]

for (const [text, ...said] of mistakes)
  test(
    `a playbook is refused: ${text}`,
    inFolder(async folder => {
      const [path, inventory] = [join(folder, 'book.ts'), join(folder, 'inv.json')]
      await writeFile(path, heading + text)
      await writeFile(inventory, JSON.stringify({ groups: { web: { hosts: { a: null } } } }))
      const error = await prepare(path, { inventory, args: [] }).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      ok(error instanceof HaqError, String(error))
      for (const words of said) ok(error.message.includes(words), error.message)
    }),
  )

test.run()
