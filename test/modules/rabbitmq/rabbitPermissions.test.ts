import { match, ok } from 'node:assert'
import { test } from 'uvu'
import { unknown } from 'haq'
import { type RabbitPermissions, rabbitPermissions } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { stepsOf } from '../../../src/core/step.ts'
import { node, otherCookie, refusing, unasked, users, vhosts } from './rabbit-states.ts'

const params = { user: 'ann', vhost: 'shop', configure: '^ann\\.', write: '.*', read: '.*' }
const gone = { user: 'ann', vhost: 'shop', state: 'absent' as const }
const held: RabbitPermissions = params
const there = { vhosts: vhosts('/', 'shop'), users: users('guest', 'ann') }
const holding = (...permissions: RabbitPermissions[]) => ({ rabbit: node('a', { ...there, permissions }) })

const what = 'permissions of ann in vhost shop'
const wanted = 'configure "^ann\\\\.", write ".*", read ".*"'
const running = 'the broker is running'
const needs = [running, 'there is a vhost shop', 'there is a user ann']

for (const law of lawTests(
  rabbitPermissions,
  [
    { name: 'none', params, facts: holding(), changes: [`${what}: none → ${wanted}`] },
    { name: 'as wanted', params, facts: holding(held), changes: [] },
    {
      name: 'in another vhost, and those of others',
      params,
      facts: holding({ ...held, vhost: '/' }, { ...held, user: 'guest' }),
      changes: [`${what}: none → ${wanted}`],
    },
    {
      name: 'with another pattern',
      params,
      facts: holding({ ...held, read: '' }),
      changes: [`${what}: configure "^ann\\\\.", write ".*", read "" → ${wanted}`],
    },
    {
      name: 'permission only to open the default vhost',
      params: { user: 'ann' },
      facts: holding(),
      changes: ['permissions of ann in vhost /: none → configure "", write "", read ""'],
    },
    {
      name: 'without the user and the vhost',
      params,
      facts: { rabbit: node('a') },
      changes: [`${what}: none → ${wanted}`],
      unmet: needs.slice(1),
      sentences: ['there is no vhost shop', 'there is no user ann'],
    },
    { name: 'state absent, there', params: gone, facts: holding(held), changes: [`${what}: ${wanted} → none`] },
    { name: 'state absent, none', params: gone, facts: holding(), changes: [] },
    { name: 'state absent, its user and vhost too', params: gone, facts: { rabbit: node('a') }, changes: [] },
    ...unasked.map(({ name, rabbit }) => ({
      name,
      params,
      facts: { rabbit },
      changes: [`${what}: unknown → ${wanted}`],
      unmet: needs,
      sentences: ['the broker is not running'],
    })),
    {
      name: 'a node with another cookie than its file',
      params: gone,
      facts: { rabbit: refusing },
      changes: [`${what}: unknown → none`],
      unmet: [running],
      sentences: [otherCookie],
    },
    {
      name: 'unknown',
      params,
      facts: { rabbit: unknown },
      changes: [`${what}: unknown → ${wanted}`],
      unmet: needs,
      sentences: [],
    },
  ],
  [
    {
      params: { user: '-u', vhost: '-v', configure: 'a\0' },
      problems: [
        'user: takes a name that does not start with a dash',
        'vhost: takes a name that does not start with a dash',
        'configure: takes no NUL character',
      ],
    },
  ],
))
  test(law.name, law.run)

test('rabbitPermissions passes each pattern as one argument, even an empty one; undo restores the old patterns', () => {
  const task = rabbitPermissions({ ...params, write: '' })
  const [step] = stepsOf(task.plan(holding({ ...held, configure: '' })))
  ok(step?.kind === 'run' && 'script' in step.undo)
  match(step.script.reveal(), /set_permissions -p shop -- ann '\^ann\\\.' '' '\.\*'$/)
  match(step.undo.script.reveal(), /set_permissions -p shop -- ann '' '\.\*' '\.\*'$/)
})

test('undo of rabbitPermissions removes permissions that did not exist before', () => {
  const [step] = stepsOf(rabbitPermissions(params).plan(holding()))
  match(
    step?.kind === 'run' && 'script' in step.undo ? step.undo.script.reveal() : '',
    /clear_permissions -p shop -- ann$/,
  )
})

test.run()
