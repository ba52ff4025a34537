import { deepStrictEqual, match, ok } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { rabbitPlugin } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { stepsOf } from '../../../src/core/step.ts'
import { down, node, refusing, stoppedApp } from './rabbit-states.ts'

const params = { names: ['rabbitmq_management', 'rabbitmq_shovel'] }
const gone = { ...params, state: 'disabled' as const }
const needs = {
  amqp_client: [],
  rabbitmq_management: ['amqp_client', 'rabbitmq_management_agent'],
  rabbitmq_management_agent: [],
}
const bare = node('a')
const managed = node('a', { plugins: needs })
const both = node('a', { plugins: { ...needs, rabbitmq_shovel: ['amqp_client'] } })
const installed = 'RabbitMQ is installed'

for (const law of lawTests(
  rabbitPlugin,
  [
    {
      name: 'none enabled, the broker running',
      params,
      facts: { rabbit: bare, enabled: [] },
      changes: ['plugins: rabbitmq_management, rabbitmq_shovel disabled → enabled'],
    },
    { name: 'both enabled', params, facts: { rabbit: both, enabled: params.names }, changes: [] },
    {
      name: 'one enabled, and another one that is not managed',
      params,
      facts: { rabbit: managed, enabled: ['rabbitmq_management', 'rabbitmq_top'] },
      changes: ['plugins: rabbitmq_shovel disabled → enabled'],
    },
    {
      name: 'both enabled in the file, one not running',
      params,
      facts: { rabbit: managed, enabled: params.names },
      changes: ['plugins: rabbitmq_shovel disabled → enabled'],
    },
    {
      name: 'none enabled, the broker stopped',
      params,
      facts: { rabbit: down, enabled: [] },
      changes: ['plugins: rabbitmq_management, rabbitmq_shovel disabled → enabled'],
    },
    {
      name: 'both enabled, the broker stopped',
      params,
      facts: { rabbit: stoppedApp('a'), enabled: params.names },
      changes: [],
    },
    {
      name: 'state disabled, currently enabled',
      params: gone,
      facts: { rabbit: both, enabled: params.names },
      changes: ['plugins: rabbitmq_management, rabbitmq_shovel enabled → disabled'],
    },
    { name: 'to be disabled, disabled', params: gone, facts: { rabbit: bare, enabled: ['rabbitmq_top'] }, changes: [] },
    {
      name: 'state disabled, removed from the file but still running',
      params: gone,
      facts: { rabbit: managed, enabled: [] },
      changes: ['plugins: rabbitmq_management enabled → disabled'],
    },
    {
      name: 'state disabled, the node rejects its command line',
      params: gone,
      facts: { rabbit: refusing, enabled: ['rabbitmq_shovel'] },
      changes: ['plugins: rabbitmq_shovel enabled → disabled'],
    },
    {
      name: 'state disabled, while another plugin needs it',
      params: { names: ['rabbitmq_management_agent'], state: 'disabled' },
      facts: { rabbit: managed, enabled: ['rabbitmq_management', 'rabbitmq_management_agent'] },
      changes: ['plugins: rabbitmq_management_agent enabled → disabled'],
      unmet: ['no other plugin needs rabbitmq_management_agent'],
      sentences: ['rabbitmq_management_agent is needed by rabbitmq_management'],
    },
    {
      name: 'a host without RabbitMQ',
      params,
      facts: { rabbit: absent, enabled: [] },
      changes: ['plugins: rabbitmq_management, rabbitmq_shovel disabled → enabled'],
      unmet: [installed],
      sentences: ['RabbitMQ is not installed'],
    },
    {
      name: 'unknown',
      params: gone,
      facts: { rabbit: unknown, enabled: unknown },
      changes: ['plugins: unknown → disabled'],
      unmet: [installed],
      sentences: [],
    },
  ],
  [
    { params: { names: [] }, problems: ['names: Too small: expected array to have >=1 items'] },
    {
      params: { names: ['--all'], state: 'absent' },
      problems: [
        'names[0]: takes the name of a plugin, such as rabbitmq_management',
        'state: Invalid option: expected one of "enabled"|"disabled"',
      ],
    },
  ],
))
  test(law.name, law.run)

const scripts: readonly (readonly [
  name: string,
  state: 'enabled' | 'disabled',
  facts: Readonly<Record<string, unknown>>,
  script: RegExp,
  undo: RegExp,
])[] = [
  [
    'starts',
    'enabled',
    { rabbit: managed, enabled: ['rabbitmq_top'] },
    /enable --online rabbitmq_management rabbitmq_shovel$/,
    /set --online rabbitmq_top$/,
  ],
  [
    'writes down',
    'enabled',
    { rabbit: down, enabled: [] },
    /enable --offline rabbitmq_management rabbitmq_shovel$/,
    /set --offline $/,
  ],
  [
    'stops',
    'disabled',
    { rabbit: both, enabled: ['rabbitmq_shovel', 'rabbitmq_top'] },
    /set --online rabbitmq_top$/,
    /set --online rabbitmq_shovel rabbitmq_top$/,
  ],
]
for (const [name, state, facts, script, undo] of scripts)
  test(`rabbitPlugin ${name} what is ${state}, and takes it back, and no other plugin with it`, () => {
    const [step] = stepsOf(rabbitPlugin({ ...params, state }).plan(facts))
    ok(step?.kind === 'run' && 'script' in step.undo)
    match(step.script.reveal(), script)
    match(step.undo.script.reveal(), undo)
  })

for (const [output, names] of [
  ['', []],
  ['[].\n', []],
  ['[rabbitmq_management,\n rabbitmq_top].\n', ['rabbitmq_management', 'rabbitmq_top']],
  ["% by hand: rabbitmq_stomp\n['rabbitmq_top'].", ['rabbitmq_top']],
] as const)
  test(`rabbitPlugin reads ${JSON.stringify(output)}`, () => {
    deepStrictEqual(rabbitPlugin(params).facts['enabled']?.parse(output), names)
  })

test.run()
