import { strictEqual } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown, type RabbitPolicy } from 'haq'
import { rabbitVhost } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { stepsOf } from '../../src/core/step.ts'
import { down, node, refusing, stoppedApp, vhosts } from './rabbit-states.ts'

const params = { name: 'shop' }
const gone = { ...params, state: 'absent' as const }
const running = 'the broker is running'
const noName = 'name: takes a name that does not start with a dash'
const policy: RabbitPolicy = { vhost: 'shop', name: 'p', pattern: '', applyTo: 'all', priority: 0, definition: {} }

for (const law of lawTests(
  rabbitVhost,
  [
    { name: 'absent', params, facts: { rabbit: node('a') }, changes: ['vhost shop: absent → present'] },
    { name: 'there', params, facts: { rabbit: node('a', { vhosts: vhosts('/', 'shop') }) }, changes: [] },
    {
      name: 'to be absent, there',
      params: gone,
      facts: { rabbit: node('a', { vhosts: vhosts('/', 'shop'), policies: [policy] }) },
      changes: ['vhost shop: present → absent'],
    },
    { name: 'to be absent, absent', params: gone, facts: { rabbit: node('a') }, changes: [] },
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
      sentences: ['the node refuses its own command line: it runs with another Erlang cookie than the file holds'],
    },
    {
      name: 'not known',
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
    { params: { name: 'x'.repeat(256) }, problems: ['name: Too big: expected string to have <=255 characters'] },
  ],
))
  test(law.name, law.run)

test('rabbitVhost gives a name as one word, in UTF-8', () => {
  const [step] = stepsOf(rabbitVhost({ name: 'büro $1' }).plan({ rabbit: node('a') }))
  const script = step?.kind === 'run' ? step.script.reveal() : ''
  strictEqual(script, "LC_ALL=C.UTF-8 rabbitmqctl -q add_vhost -- 'büro $1'")
})

test.run()
