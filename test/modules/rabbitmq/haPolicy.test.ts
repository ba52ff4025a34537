import { match, ok } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { type RabbitPolicy, haPolicy } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { stepsOf } from '../../../src/core/step.ts'
import { down, node, otherCookie, refusing, vhosts } from './rabbit-states.ts'

const params = { name: 'ha-all', pattern: '^', definition: { 'ha-mode': 'all', 'ha-sync-mode': 'automatic' } }
const gone = { name: 'ha-all', state: 'absent' as const }
const policy: RabbitPolicy = {
  vhost: '/',
  name: 'ha-all',
  pattern: '^',
  applyTo: 'all',
  priority: 0,
  definition: { 'ha-mode': 'all', 'ha-sync-mode': 'automatic' },
}
const limit = { name: 'bound', definition: { 'max-length': 5 }, applyTo: 'queues' as const }
const bound: RabbitPolicy = { ...policy, ...limit, pattern: '' }
const holding = (...policies: RabbitPolicy[]) => ({ rabbit: node('a', { policies }) })

const what = 'policy ha-all in vhost /'
const wanted = '{"ha-mode":"all","ha-sync-mode":"automatic"} on "^", priority 0, applied to all'
const quorum = 'RabbitMQ 4.0.5 has no mirrored queues any more: ha-* keys are not recognised policy settings'
const running = 'the broker is running'
const vhost = 'there is a vhost /'
const keys = 'this RabbitMQ supports the keys of the policy'

for (const law of lawTests(
  haPolicy,
  [
    { name: 'absent', params, facts: holding(), changes: [`${what}: absent → ${wanted}`] },
    { name: 'as wanted', params, facts: holding(policy), changes: [] },
    {
      name: 'as wanted, its keys in another order, at any depth',
      params: { ...params, definition: { b: { x: [1, { q: 1, r: 2 }], y: null }, a: 1 } },
      facts: holding({ ...policy, definition: { a: 1, b: { y: null, x: [1, { r: 2, q: 1 }] } } }),
      changes: [],
    },
    {
      name: 'with another definition',
      params,
      facts: holding({ ...policy, definition: { 'ha-mode': 'exactly', 'ha-params': 2 } }),
      changes: [`${what}: {"ha-mode":"exactly","ha-params":2} on "^", priority 0, applied to all → ${wanted}`],
    },
    {
      name: 'with an additional key',
      params,
      facts: holding({ ...policy, definition: { ...policy.definition, 'message-ttl': 1 } }),
      changes: [
        `${what}: {"ha-mode":"all","ha-sync-mode":"automatic","message-ttl":1} on "^", priority 0, applied to all → ${wanted}`,
      ],
    },
    {
      name: 'with a list in another order, which has another meaning',
      params: { ...params, definition: { nodes: ['b', 'a'] } },
      facts: holding({ ...policy, definition: { nodes: ['a', 'b'] } }),
      changes: [
        `${what}: {"nodes":["a","b"]} on "^", priority 0, applied to all → {"nodes":["b","a"]} on "^", priority 0, applied to all`,
      ],
    },
    {
      name: 'with another pattern, priority and scope',
      params,
      facts: holding({ ...policy, pattern: '^x', priority: 3, applyTo: 'queues' }),
      changes: [
        `${what}: {"ha-mode":"all","ha-sync-mode":"automatic"} on "^x", priority 3, applied to queues → ${wanted}`,
      ],
    },
    {
      name: 'the same name in another vhost',
      params,
      facts: { rabbit: node('a', { vhosts: vhosts('/', 'shop'), policies: [{ ...policy, vhost: 'shop' }] }) },
      changes: [`${what}: absent → ${wanted}`],
    },
    {
      name: 'a missing vhost',
      params: { ...params, vhost: 'shop' },
      facts: holding(),
      changes: [`policy ha-all in vhost shop: absent → ${wanted}`],
      unmet: ['there is a vhost shop'],
      sentences: ['there is no vhost shop'],
    },
    {
      name: 'mirroring on RabbitMQ 4.0',
      params,
      facts: { rabbit: node('a', { version: '4.0.5' }) },
      changes: [`${what}: absent → ${wanted}`],
      unmet: [keys],
      sentences: [quorum],
    },
    {
      name: 'mirroring on RabbitMQ 3.13',
      params,
      facts: { rabbit: node('a', { version: '3.13.7' }) },
      changes: [`${what}: absent → ${wanted}`],
    },
    {
      name: 'no mirroring on RabbitMQ 4.0',
      params: { name: 'ttl', definition: { 'message-ttl': 60000 }, applyTo: 'queues', priority: 5 },
      facts: { rabbit: node('a', { version: '4.0.5' }) },
      changes: ['policy ttl in vhost /: absent → {"message-ttl":60000} on "", priority 5, applied to queues'],
    },
    {
      name: 'an operator policy, with another policy of the same name',
      params: { ...limit, operator: true },
      facts: holding({ ...bound, definition: { 'max-length': 1 } }),
      changes: ['operator policy bound in vhost /: absent → {"max-length":5} on "", priority 0, applied to queues'],
    },
    {
      name: 'an operator policy, as wanted',
      params: { ...limit, operator: true },
      facts: { rabbit: node('a', { operatorPolicies: [bound] }) },
      changes: [],
    },
    {
      name: 'an operator policy, state absent',
      params: { name: 'bound', operator: true, state: 'absent' },
      facts: { rabbit: node('a', { operatorPolicies: [bound] }) },
      changes: ['operator policy bound in vhost /: {"max-length":5} on "", priority 0, applied to queues → absent'],
    },
    {
      name: 'state absent, there',
      params: gone,
      facts: holding(policy),
      changes: [`${what}: ${wanted} → absent`],
    },
    { name: 'state absent, absent', params: gone, facts: holding(), changes: [] },
    { name: 'state absent, its vhost too', params: { ...gone, vhost: 'shop' }, facts: holding(), changes: [] },
    {
      name: 'the node down',
      params,
      facts: { rabbit: down },
      changes: [`${what}: unknown → ${wanted}`],
      unmet: [running, vhost, keys],
      sentences: ['the broker is not running'],
    },
    {
      name: 'a node with another cookie than its file',
      params: gone,
      facts: { rabbit: refusing },
      changes: [`${what}: unknown → absent`],
      unmet: [running],
      sentences: [otherCookie],
    },
    {
      name: 'a host without RabbitMQ',
      params: gone,
      facts: { rabbit: absent },
      changes: [`${what}: unknown → absent`],
      unmet: [running],
      sentences: ['the broker is not running'],
    },
    {
      name: 'unknown',
      params,
      facts: { rabbit: unknown },
      changes: [`${what}: unknown → ${wanted}`],
      unmet: [running, vhost, keys],
      sentences: [],
    },
  ],
  [
    {
      params: { name: 'p' },
      problems: ['definition: takes at least one key: RabbitMQ has no policies without settings'],
    },
    {
      params: { ...params, name: '--x', vhost: '', applyTo: 'queue', priority: 1.5 },
      problems: [
        'name: takes a name that does not start with a dash',
        'vhost: Too small: expected string to have >=1 characters',
        'vhost: takes a name that does not start with a dash',
        'priority: Invalid input: expected int, received number',
        'applyTo: Invalid option: expected one of "all"|"queues"|"exchanges"|"classic_queues"|"quorum_queues"|"streams"',
      ],
    },
    {
      params: { ...params, definition: { 'message-ttl': undefined } },
      problems: ['definition.message-ttl: Invalid input'],
    },
    { params: { ...params, definition: 'ha-mode=all' }, problems: ['definition: takes an object of JSON values'] },
    { params: { ...params, pattern: 'a\0' }, problems: ['pattern: takes no NUL character'] },
  ],
))
  test(law.name, law.run)

test('haPolicy recommends quorum queues on RabbitMQ 4.0', () => {
  const plan = haPolicy(params).plan({ rabbit: node('a', { version: '4.0.5' }) })
  const requirement = plan.find(item => item.kind === 'require' && item.that === keys)
  match(requirement?.kind === 'require' ? (requirement.hint ?? '') : '', /^use quorum queues: .*x-queue-type: quorum/)
})

test('haPolicy passes pattern and definition as one argument each; undo restores the old ones', () => {
  const [step] = stepsOf(haPolicy(params).plan(holding({ ...policy, definition: { 'ha-mode': 'exactly' } })))
  ok(step?.kind === 'run' && 'script' in step.undo)
  const words = (definition: string): RegExp =>
    new RegExp(`set_policy -p / --priority 0 --apply-to all -- ha-all '?\\^'? '${definition}'$`)
  match(step.script.reveal(), words('{"ha-mode":"all","ha-sync-mode":"automatic"}'))
  match(step.undo.script.reveal(), words('{"ha-mode":"exactly"}'))
})

test('haPolicy sets and clears an operator policy with separate commands', () => {
  const [step] = stepsOf(haPolicy({ ...limit, operator: true }).plan(holding()))
  ok(step?.kind === 'run' && 'script' in step.undo)
  match(step.script.reveal(), /set_operator_policy -p \/ --priority 0 --apply-to queues -- bound '' /)
  match(step.undo.script.reveal(), /clear_operator_policy -p \/ -- bound$/)
})

test.run()
