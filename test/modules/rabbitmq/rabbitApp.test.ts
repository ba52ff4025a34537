import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { rabbitApp } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { down, node, misnamed, otherCookie, otherName, refusing, stoppedApp } from './rabbit-states.ts'

const isUp = 'the RabbitMQ node is up'
const notUp = 'the RabbitMQ node is not up'

for (const law of lawTests(
  rabbitApp,
  [
    { name: 'running', params: {}, facts: { rabbit: node('a'), joining: false }, changes: [] },
    {
      name: 'stopped by stop_app',
      params: {},
      facts: { rabbit: stoppedApp('a'), joining: false },
      changes: ['broker: stopped → running'],
    },
    {
      name: 'stopped by a join that was killed',
      params: {},
      facts: { rabbit: stoppedApp('a'), joining: true },
      changes: [],
    },
    {
      name: 'state stopped, currently running',
      params: { state: 'stopped' },
      facts: { rabbit: node('a'), joining: false },
      changes: ['broker: running → stopped'],
    },
    {
      name: 'state stopped, already stopped',
      params: { state: 'stopped' },
      facts: { rabbit: stoppedApp('a'), joining: false },
      changes: [],
    },
    ...[
      { name: 'the node down', rabbit: down, sentence: notUp },
      { name: 'a host without RabbitMQ', rabbit: absent, sentence: notUp },
      { name: 'a node with another cookie than its file', rabbit: refusing, sentence: otherCookie },
      { name: 'a node with another name than its host knows', rabbit: misnamed, sentence: otherName },
    ].map(({ name, rabbit, sentence }) => ({
      name,
      params: {},
      facts: { rabbit, joining: false },
      changes: ['broker: unknown → running'],
      unmet: [isUp],
      sentences: [sentence],
    })),
    {
      name: 'unknown',
      params: { state: 'stopped' },
      facts: { rabbit: unknown, joining: false },
      changes: ['broker: unknown → stopped'],
      unmet: [isUp],
      sentences: [],
    },
  ],
  [
    {
      params: { state: 'started' },
      problems: ['state: Invalid option: expected one of "running"|"stopped"'],
    },
  ],
))
  test(law.name, law.run)

test.run()
