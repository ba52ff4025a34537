import { match, notStrictEqual, ok, strictEqual } from 'node:assert'
import { test } from 'uvu'
import { absent, Secret, unknown } from 'haq'
import { rabbitUser } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { hasPassword } from '../../../modules/rabbitmq/shared/password.ts'
import { stepsOf } from '../../../src/core/step.ts'
import { shells, withShell } from '../../shells.ts'
import { node, otherCookie, refusing, unasked } from './rabbit-states.ts'

const password = new Secret(`CANARY's "pass"`)
const params = { name: 'ann', password, tags: ['monitoring', 'administrator'] }
const plain = { name: 'ann', password }
const gone = { name: 'ann', state: 'absent' as const }
const running = 'the broker is running'
const guest = { name: 'guest', tags: ['administrator'] }
const held = (...tags: string[]) => node('a', { users: [guest, { name: 'ann', tags }] })
const permission = { user: 'ann', vhost: '/', configure: '', write: '.*', read: '.*' }

const add = 'user ann: absent → with this password'
const change = 'user ann: with another password → with this password'
const blind = 'user ann: unknown → with this password'
const tag = 'tags of user ann: none → administrator, monitoring'

for (const law of lawTests(
  rabbitUser,
  [
    { name: 'absent', params, facts: { rabbit: node('a'), password: false }, changes: [add, tag] },
    { name: 'absent, without tags', params: plain, facts: { rabbit: node('a'), password: false }, changes: [add] },
    {
      name: 'as wanted, tags in another order',
      params: { ...params, tags: ['monitoring', 'administrator', 'monitoring'] },
      facts: { rabbit: held('administrator', 'monitoring'), password: true },
      changes: [],
    },
    { name: 'with another password', params: plain, facts: { rabbit: held(), password: false }, changes: [change] },
    {
      name: 'with other tags',
      params,
      facts: { rabbit: held('management'), password: true },
      changes: ['tags of user ann: management → administrator, monitoring'],
    },
    {
      name: 'tags are to be removed',
      params: plain,
      facts: { rabbit: held('management'), password: true },
      changes: ['tags of user ann: management → none'],
    },
    {
      name: 'the password could not be checked',
      params: plain,
      facts: { rabbit: held(), password: absent },
      changes: [blind],
    },
    {
      name: 'state absent, there',
      params: gone,
      facts: { rabbit: node('a', { users: [guest, { name: 'ann', tags: [] }], permissions: [permission] }) },
      changes: ['user ann: present → absent'],
    },
    { name: 'state absent, absent', params: gone, facts: { rabbit: node('a') }, changes: [] },
    {
      name: "RabbitMQ's default user, state absent",
      params: { name: 'guest', state: 'absent' },
      facts: { rabbit: node('a') },
      changes: ['user guest: present → absent'],
    },
    ...unasked.map(({ name, rabbit }) => ({
      name,
      params,
      facts: { rabbit, password: absent },
      changes: [blind, 'tags of user ann: unknown → administrator, monitoring'],
      unmet: [running],
      sentences: ['the broker is not running'],
    })),
    {
      name: 'a node with another cookie than its file',
      params: gone,
      facts: { rabbit: refusing },
      changes: ['user ann: unknown → absent'],
      unmet: [running],
      sentences: [otherCookie],
    },
    {
      name: 'unknown',
      params: plain,
      facts: { rabbit: unknown, password: unknown },
      changes: [blind, 'tags of user ann: unknown → none'],
      unmet: [running],
      sentences: [],
    },
  ],
  [
    { params: { name: 'ann' }, problems: ['password: is required, except with state absent'] },
    {
      params: { name: '-ann', password: new Secret(' x'), tags: ['-t', 'a b'] },
      problems: [
        'name: takes a name that does not start with a dash',
        'password: takes no spaces at either end',
        'tags[0]: takes a tag, such as administrator or monitoring',
        'tags[1]: takes a tag, such as administrator or monitoring',
      ],
    },
    ...['', 'two\nlines', 'nul\0'].map(text => ({
      params: { name: 'ann', password: new Secret(text) },
      problems: ['password: takes one line that is not empty'],
    })),
    {
      params: { name: 'ann', password: 'CANARY' },
      problems: [
        'password: takes a secret: secret.env(NAME), secret.file(PATH) or secret.command(WORDS) in the inventory',
      ],
    },
  ],
))
  test(law.name, law.run)

test('rabbitUser passes the password on standard input; undo removes an added user', () => {
  const [step] = stepsOf(rabbitUser(plain).plan({ rabbit: node('a'), password: false }))
  ok(step?.kind === 'run' && 'script' in step.undo)
  match(step.script.reveal(), /^printf '%s\\n' 'CANARY'\\''s "pass"' \| .*rabbitmqctl add_user ann$/)
  match(String(step.script), /^printf '%s\\n' '?\*{8}'? \| .* add_user ann$/)
  match(step.undo.script.reveal(), /delete_user -- ann$/)
})

test('rabbitUser changes the password of an existing user; undo restores the tags', () => {
  const steps = stepsOf(rabbitUser(params).plan({ rabbit: held('management'), password: false }))
  const [first, second] = steps.map(step => (step.kind === 'run' ? step : undefined))
  match(first?.script.reveal() ?? '', /change_password ann$/)
  ok(first && 'impossible' in first.undo)
  match(second?.script.reveal() ?? '', /set_user_tags -- ann administrator monitoring$/)
  match(second && 'script' in second.undo ? second.undo.script.reveal() : '', /set_user_tags -- ann management$/)
})

test('rabbitUser checks the password with a fact that does not reveal it, one fact per password', () => {
  const fact = rabbitUser(plain).facts['password']
  ok(fact)
  ok(fact.script.reveal().includes(Buffer.from(password.reveal()).toString('base64')))
  const shown = JSON.stringify([fact.key, fact.script, String(fact.script)])
  ok(!shown.includes('CANARY') && !shown.includes(Buffer.from('CANARY').toString('base64').slice(0, 6)))
  strictEqual(rabbitUser(plain).facts['password']?.key, fact.key)
  notStrictEqual(rabbitUser({ ...plain, password: new Secret('other') }).facts['password']?.key, fact.key)
})

for (const [output, value] of [
  ['right\n', true],
  ['wrong\n', false],
  ['', absent],
] as const)
  test(`rabbitUser takes ${JSON.stringify(output)} for ${value}`, () => {
    strictEqual(rabbitUser(plain).facts['password']?.parse(output), value)
  })

for (const { name, exec } of shells)
  test(`${name} asks for a password, and finds none where there is no such broker or user`, () =>
    withShell(exec, async shell => {
      const { status, stdout } = await shell.run(hasPassword('haq-no-such-user', password).script)
      strictEqual(status, 0)
      ok(['', 'wrong\n'].includes(stdout), stdout)
    }))

test.run()
