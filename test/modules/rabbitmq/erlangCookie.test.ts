import { deepStrictEqual, match, ok } from 'node:assert'
import { test } from 'uvu'
import { absent, Secret, unknown, type Task } from 'haq'
import { erlangCookie, service } from 'haq/modules'
import { FakeHost, has, lawTests } from 'haq/testing'
import { stepsOf } from '../../../src/core/step.ts'
import { cookieFile, down, node, refusing } from './rabbit-states.ts'

const cookie = new Secret('RIGHT-COOKIE')
const path = '/var/lib/rabbitmq/.erlang.cookie'
const right = cookieFile('RIGHT-COOKIE')
const other = cookieFile('OTHER-COOKIE')
const on = { active: true, enabled: true }
const off = { active: false, enabled: true }
const live = { unit: on, node: node('a'), user: true, stopped: false }
const stopped = { unit: off, node: down, user: true, stopped: false }

const stop = 'broker: running → stopped for the new cookie'
const start = 'broker: stopped for the new cookie → running with the new cookie'
const write = `${path}: secret 0400 rabbitmq:rabbitmq with another secret → secret 0400 rabbitmq:rabbitmq`
const create = `${path}: absent → secret 0400 rabbitmq:rabbitmq`
const isUnmasked = 'rabbitmq-server is not masked'
const characters = 'cookie: takes printable ASCII characters without spaces'
const length = 'cookie: takes 1 to 255 characters'

for (const law of lawTests(
  erlangCookie,
  [
    {
      name: 'running with another cookie',
      params: { cookie },
      facts: { ...live, cookieFile: other },
      changes: [stop, write, start],
    },
    { name: 'as wanted', params: { cookie }, facts: { ...live, cookieFile: right }, changes: [] },
    {
      name: 'stopped with another cookie',
      params: { cookie },
      facts: { ...stopped, cookieFile: other },
      changes: [write],
    },
    {
      name: 'stopped, never started',
      params: { cookie },
      facts: { ...stopped, cookieFile: absent },
      changes: [create],
    },
    {
      name: 'the right cookie, readable by others',
      params: { cookie },
      facts: { ...stopped, cookieFile: cookieFile('RIGHT-COOKIE', '0644') },
      changes: [`${path}: secret 0644 rabbitmq:rabbitmq → secret 0400 rabbitmq:rabbitmq`],
    },
    {
      name: 'still starting with another cookie',
      params: { cookie },
      facts: { ...live, unit: { active: 'changing', enabled: true }, cookieFile: other },
      changes: [stop, write, start],
    },
    {
      name: 'running with another cookie, and its unit is masked',
      params: { cookie },
      facts: { ...live, unit: { ...on, masked: true }, cookieFile: other },
      changes: [stop, write, start],
      unmet: [isUnmasked],
      sentences: ["rabbitmq-server is masked, so it can't be started again after a stop"],
    },
    {
      name: 'a run that was killed after the stop',
      params: { cookie },
      facts: { ...stopped, stopped: true, cookieFile: other },
      changes: [write, start],
    },
    {
      name: 'a run that was killed before the start',
      params: { cookie },
      facts: { ...stopped, stopped: true, cookieFile: right },
      changes: [start],
    },
    {
      name: 'the file was edited while the node runs with an older cookie',
      params: { cookie },
      facts: { ...live, node: refusing, cookieFile: right },
      changes: [stop, start],
    },
    {
      name: "the host can't resolve the name of its own node",
      params: { cookie },
      facts: {
        ...live,
        node: {
          state: 'refusing',
          said: '* unable to connect to epmd (port 4369) on a: nxdomain (non-existing domain)',
        },
        cookieFile: right,
      },
      changes: [],
    },
    {
      name: 'a host without RabbitMQ',
      params: { cookie },
      facts: { cookieFile: absent, unit: absent, node: absent, user: absent, stopped: false },
      changes: [create],
      unmet: ['RabbitMQ is installed'],
      sentences: ['not met: RabbitMQ is installed'],
    },
    {
      name: 'unknown before the package brings it',
      params: { cookie },
      facts: { cookieFile: unknown, unit: unknown, node: unknown, user: unknown, stopped: unknown },
      changes: [
        'broker: unknown → stopped for the new cookie',
        `${path}: unknown → secret 0400 rabbitmq:rabbitmq`,
        start,
      ],
      unmet: ['RabbitMQ is installed', isUnmasked],
      sentences: [],
    },
  ],
  [
    { params: { cookie: new Secret('two words') }, problems: [characters] },
    { params: { cookie: new Secret('COOKIÉ') }, problems: [characters] },
    { params: { cookie: new Secret('line\n') }, problems: [characters] },
    { params: { cookie: new Secret('x'.repeat(256)) }, problems: [length] },
    { params: { cookie: new Secret('') }, problems: [length] },
    {
      params: { cookie: 'RIGHT-COOKIE' },
      problems: [
        'cookie: takes a secret: secret.env(NAME), secret.file(PATH) or secret.command(WORDS) in the inventory',
      ],
    },
  ],
))
  test(law.name, law.run)

test('erlangCookie takes 255 characters', () => {
  ok(erlangCookie({ cookie: new Secret('!'.repeat(255)) }).problems.length === 0)
})

for (const bad of ['bad cookie', 'x'.repeat(256)])
  test(`erlangCookie refuses ${bad.length} characters without showing them`, () => {
    const { problems } = erlangCookie({ cookie: new Secret(bad) })
    ok(problems.length > 0)
    ok(!JSON.stringify(problems).includes(bad))
  })

test('erlangCookie marks the broker as stopped before it stops it, and removes the mark when it runs again', () => {
  const [first, , last] = stepsOf(erlangCookie({ cookie }).plan({ ...live, cookieFile: other }))
  match(first?.kind === 'run' ? first.script.reveal() : '', /erlangCookie-start[^]*\nsystemctl stop rabbitmq-server$/)
  match(
    last?.kind === 'run' ? last.script.reveal() : '',
    /systemctl start -- rabbitmq-server\.service [^]*rm -f .*erlangCookie-start/,
  )
})

test('a start of the broker for a new cookie also counts as a pending restart', () => {
  const restart = service({ name: 'rabbitmq-server', state: 'restarted' })
  const facts = { ...erlangCookie({ cookie }).facts, ...restart.facts }
  const values = { ...live, cookieFile: other, pending: true }
  const changes = (...tasks: readonly Task[]): readonly number[] => {
    const host = new FakeHost(
      ...Object.entries(values).flatMap(([name, value]) => (facts[name] ? [has(facts[name], value)] : [])),
    )
    return tasks.map(task => host.apply(task).length)
  }
  deepStrictEqual(changes(restart), [1])
  deepStrictEqual(changes(erlangCookie({ cookie }), restart), [3, 0])
})

test.run()
