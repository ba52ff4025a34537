import { match, ok } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { type RabbitPolicy, type RabbitVhost, rabbitVhost } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { stepsOf } from '../../../src/core/step.ts'
import { down, node, otherCookie, refusing, stoppedApp, vhosts } from './rabbit-states.ts'

const params = { name: 'shop' }
const gone = { ...params, state: 'absent' as const }
const running = 'the broker is running'
const noName = 'name: takes a name that does not start with a dash'
const full = { ...params, defaultQueueType: 'quorum' as const, limits: { maxConnections: 100, maxQueues: 10 } }
const both = { 'max-connections': 100, 'max-queues': 10 }
const limits = 'limits of vhost shop'
const limited = 'max-connections 100, max-queues 10'
const type = 'default queue type of vhost shop'
const has = 'this RabbitMQ supports default queue types'
const changes = 'this RabbitMQ can change a default queue type'
const held = (defaultQueueType: string | null, limits: RabbitVhost['limits'], version = '4.0.5') =>
  node('a', { version, vhosts: [...vhosts('/'), { name: 'shop', defaultQueueType, limits }] })
const policy: RabbitPolicy = { vhost: 'shop', name: 'p', pattern: '', applyTo: 'all', priority: 0, definition: {} }

for (const law of lawTests(
  rabbitVhost,
  [
    { name: 'absent', params, facts: { rabbit: node('a') }, changes: ['vhost shop: absent → present'] },
    { name: 'there', params, facts: { rabbit: node('a', { vhosts: vhosts('/', 'shop') }) }, changes: [] },
    {
      name: 'state absent, there',
      params: gone,
      facts: { rabbit: node('a', { vhosts: vhosts('/', 'shop'), policies: [policy] }) },
      changes: ['vhost shop: present → absent'],
    },
    { name: 'state absent, absent', params: gone, facts: { rabbit: node('a') }, changes: [] },
    {
      name: 'the broker stopped in a node that is up',
      params,
      facts: { rabbit: stoppedApp('a') },
      changes: ['vhost shop: unknown → present'],
      unmet: [running],
      sentences: ['the broker is not running'],
    },
    {
      name: 'the node down',
      params: gone,
      facts: { rabbit: down },
      changes: ['vhost shop: unknown → absent'],
      unmet: [running],
      sentences: ['the broker is not running'],
    },
    {
      name: 'a host without RabbitMQ',
      params,
      facts: { rabbit: absent },
      changes: ['vhost shop: unknown → present'],
      unmet: [running],
      sentences: ['the broker is not running'],
    },
    {
      name: 'a node with another cookie than its file',
      params,
      facts: { rabbit: refusing },
      changes: ['vhost shop: unknown → present'],
      unmet: [running],
      sentences: [otherCookie],
    },
    {
      name: 'absent, a type and limits are wanted',
      params: full,
      facts: { rabbit: node('a') },
      changes: ['vhost shop: absent → present with default queue type quorum', `${limits}: none → ${limited}`],
    },
    { name: 'there, with its type and limits', params: full, facts: { rabbit: held('quorum', both) }, changes: [] },
    {
      name: 'present, with a type and limits that are not managed',
      params,
      facts: { rabbit: held('quorum', both) },
      changes: [],
    },
    {
      name: 'with another type',
      params: full,
      facts: { rabbit: held('classic', both) },
      changes: [`${type}: classic → quorum`],
    },
    {
      name: 'with no type, as releases before 4.0 have it',
      params: full,
      facts: { rabbit: held(null, both, '3.13.7') },
      changes: [`${type}: none → quorum`],
    },
    {
      name: 'with another type, on a release that can not change it',
      params: full,
      facts: { rabbit: held('classic', both, '3.11.2') },
      changes: [`${type}: classic → quorum`],
      unmet: [changes],
      sentences: ["RabbitMQ 3.11.2 can't change the default queue type of vhost shop, which already exists"],
    },
    {
      name: 'absent, a type is wanted, on a release without types',
      params: { ...params, defaultQueueType: 'quorum' },
      facts: { rabbit: node('a', { version: '3.9.13' }) },
      changes: ['vhost shop: absent → present with default queue type quorum'],
      unmet: [has],
      sentences: ['RabbitMQ 3.9.13 does not support default queue types'],
    },
    {
      name: 'with other limits',
      params: { ...params, limits: { maxQueues: 0 } },
      facts: { rabbit: held('quorum', both) },
      changes: [`${limits}: ${limited} → max-queues 0`],
    },
    {
      name: 'limits are to be removed',
      params: { ...params, limits: {} },
      facts: { rabbit: held('quorum', both) },
      changes: [`${limits}: ${limited} → none`],
    },
    {
      name: 'unknown, a type and limits are wanted',
      params: full,
      facts: { rabbit: unknown },
      changes: [
        'vhost shop: unknown → present with default queue type quorum',
        `${type}: unknown → quorum`,
        `${limits}: unknown → ${limited}`,
      ],
      unmet: [running, has, changes],
      sentences: [],
    },
    {
      name: 'unknown',
      params,
      facts: { rabbit: unknown },
      changes: ['vhost shop: unknown → present'],
      unmet: [running],
      sentences: [],
    },
  ],
  [
    { params: { name: '-p' }, problems: [noName] },
    { params: { name: 'a\nb' }, problems: [noName] },
    {
      params: { ...params, defaultQueueType: 'mirrored', limits: { maxQueues: -1, maxUsers: 1 } },
      problems: [
        'defaultQueueType: Invalid option: expected one of "classic"|"quorum"|"stream"',
        'limits.maxQueues: takes a whole number from 0',
        'limits: Unrecognized key: "maxUsers"',
      ],
    },
    { params: { name: 'x'.repeat(256) }, problems: ['name: Too big: expected string to have <=255 characters'] },
  ],
))
  test(law.name, law.run)

test('rabbitVhost passes a name as one argument, in UTF-8', () => {
  const [step] = stepsOf(rabbitVhost({ name: 'büro $1' }).plan({ rabbit: node('a') }))
  const script = step?.kind === 'run' ? step.script.reveal() : ''
  match(script, /^env LC_ALL=C\.UTF-8 .* rabbitmqctl -q add_vhost +-- 'büro \$1'$/)
})

test('rabbitVhost sets all limits at once; undo restores the old limits, and the type if there was one', () => {
  const task = rabbitVhost({ ...full, limits: {} })
  const [typed, limit] = stepsOf(task.plan({ rabbit: held('classic', both) })).map(step =>
    step.kind === 'run' ? step : undefined,
  )
  match(typed?.script.reveal() ?? '', /update_vhost_metadata shop --default-queue-type quorum$/)
  match(typed && 'script' in typed.undo ? typed.undo.script.reveal() : '', /--default-queue-type classic$/)
  match(limit?.script.reveal() ?? '', /clear_vhost_limits -p shop$/)
  match(
    limit && 'script' in limit.undo ? limit.undo.script.reveal() : '',
    /set_vhost_limits -p shop -- '\{"max-connections":100,"max-queues":10\}'$/,
  )
  const [first] = stepsOf(rabbitVhost(full).plan({ rabbit: held(null, both) }))
  ok(first?.kind === 'run' && 'impossible' in first.undo)
})

test.run()
