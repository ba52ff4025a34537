import { deepStrictEqual, throws } from 'node:assert'
import { test } from 'uvu'
import { absent } from '../../../../src/core/fact.ts'
import { isAtLeast, rabbit } from '../../../../modules/rabbitmq/facts/rabbit.ts'

/** What the node says of itself, as rabbit_json encodes it. */
const live = {
  node: 'rabbit@a',
  version: '3.10.8',
  running: true,
  disc: ['rabbit@a', 'rabbit@b'],
  ram: [],
  up: ['rabbit@a'],
  partitions: ['rabbit@b'],
  vhosts: [
    { name: '/', defaultQueueType: null, limits: {} },
    { name: 'büro', defaultQueueType: 'quorum', limits: { 'max-queues': 3 } },
  ],
  users: [{ name: 'guest', tags: ['administrator'] }],
  permissions: [{ user: 'guest', vhost: '/', configure: '.*', write: '.*', read: '' }],
  operatorPolicies: [],
  plugins: { rabbitmq_shovel: ['amqp_client'], amqp_client: [] },
  policies: [
    {
      vhost: '/',
      name: 'ha-all',
      pattern: '^',
      'apply-to': 'all',
      definition: '{"ha-mode":"exactly","ha-params":2}',
      priority: 0,
    },
  ],
  messages: null,
}
const value = {
  ...live,
  state: 'up',
  policies: [
    {
      vhost: '/',
      name: 'ha-all',
      pattern: '^',
      applyTo: 'all',
      definition: { 'ha-mode': 'exactly', 'ha-params': 2 },
      priority: 0,
    },
  ],
}
const encode = (said: unknown): string => Buffer.from(JSON.stringify(said)).toString('base64')

const rows: readonly { readonly name: string; readonly output: string; readonly value: unknown }[] = [
  { name: 'not installed', output: 'absent\n', value: absent },
  { name: 'stopped', output: 'stopped\n', value: { state: 'stopped' } },
  {
    name: 'the node rejects its own command line',
    output: 'refusing Error: unable to perform an operation on node\n\nmost common reasons:\n * cookie\n',
    value: {
      state: 'refusing',
      said: 'Error: unable to perform an operation on node\n\nmost common reasons:\n * cookie',
    },
  },
  {
    name: 'the node runs under another name',
    output: 'misnamed rabbit@a hare bunny\n',
    value: { state: 'misnamed', node: 'rabbit@a', names: ['hare', 'bunny'] },
  },
  { name: 'refusing without a word', output: 'refusing \n', value: { state: 'refusing', said: '' } },
  { name: 'up, as erl_call says it', output: `up {ok, "${encode(live)}"}\n`, value },
  { name: 'up, as rabbitmqctl eval says it', output: `up "${encode(live)}"\n`, value },
  {
    name: 'the node is up, the command line printed a warning first',
    output: `up warning: the VM is running with native name encoding of latin1\n"${encode(live)}"\n`,
    value,
  },
  {
    name: 'the node is up, its broker is stopped',
    output: `up {ok, "${encode({ node: 'rabbit@a', version: '4.0.5', running: false, disc: ['rabbit@a'], ram: [], up: [] })}"}\n`,
    value: {
      state: 'up',
      node: 'rabbit@a',
      version: '4.0.5',
      running: false,
      disc: ['rabbit@a'],
      ram: [],
      up: [],
      partitions: [],
      vhosts: [],
      users: [],
      permissions: [],
      policies: [],
      operatorPolicies: [],
      plugins: {},
      messages: null,
    },
  },
]
for (const { name, output, value } of rows) test(`rabbit: ${name}`, () => deepStrictEqual(rabbit.parse(output), value))

const garbage: readonly { readonly name: string; readonly output: string; readonly error: RegExp }[] = [
  { name: 'nothing', output: '', error: /^Error: the script printed ""$/ },
  { name: 'another word', output: 'sh: syntax error\n', error: /^Error: the script printed "sh: syntax error\\n"$/ },
  {
    name: 'the node is up, but does not answer',
    output: 'up {error, {exit, undef}}\n',
    error: /^Error: RabbitMQ said "\{error, \{exit, undef\}\}"$/,
  },
  { name: 'an answer that is no JSON', output: 'up "bm8="\n', error: /^Error: RabbitMQ said "no": .*JSON/ },
  {
    name: 'an incomplete answer',
    output: `up "${encode({ ...live, version: undefined })}"\n`,
    error: /^Error: RabbitMQ said "\{[^]*…": ✖ Invalid input: expected string, received undefined\n {2}→ at version$/,
  },
  {
    name: 'a policy with a definition that is not JSON',
    output: `up "${encode({ ...live, policies: [{ ...live.policies[0], definition: '{' }] })}"\n`,
    error: /^Error: RabbitMQ said "\{[^]*…": .*JSON/,
  },
]
for (const { name, output, error } of garbage)
  test(`rabbit is clear about ${name}`, () => throws(() => rabbit.parse(output), error))

const versions: readonly (readonly [version: string, major: number, minor: number, is: boolean])[] = [
  ['3.10.8', 4, 0, false],
  ['4.0.5', 4, 0, true],
  ['10.0.0', 4, 0, true],
  ['3.10.8', 3, 9, true],
  ['3.9.13', 3, 10, false],
  ['4.0.0-rc.1', 4, 0, true],
]
for (const [version, major, minor, is] of versions)
  test(`RabbitMQ ${version} is ${is ? '' : 'not '}at least ${major}.${minor}`, () =>
    deepStrictEqual(isAtLeast(version, major, minor), is))

test.run()
