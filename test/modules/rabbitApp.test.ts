import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { rabbitApp } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { down, node, refusing, stoppedApp } from './rabbit-states.ts'

const isUp = 'the RabbitMQ node is up'
const notUp = 'the RabbitMQ node is not up, or refuses its own command line'

for (const law of lawTests(
  rabbitApp,
  [
    { name: 'running', params: {}, facts: { rabbit: node('a') }, changes: [] },
    {
      name: 'stopped by stop_app',
      params: {},
      facts: { rabbit: stoppedApp('a') },
      changes: ['broker: stopped → running'],
    },
    {
      name: 'running, to be stopped',
      params: { state: 'stopped' },
      facts: { rabbit: node('a') },
      changes: ['broker: running → stopped'],
    },
    { name: 'stopped, to be stopped', params: { state: 'stopped' }, facts: { rabbit: stoppedApp('a') }, changes: [] },
    ...[
      { name: 'the node down', rabbit: down },
      { name: 'a host without RabbitMQ', rabbit: absent },
      { name: 'a node with another cookie than its file', rabbit: refusing },
    ].map(({ name, rabbit }) => ({
      name,
      params: {},
      facts: { rabbit },
      changes: ['broker: unknown → running'],
      unmet: [isUp],
      sentences: [notUp],
    })),
    {
      name: 'not known',
      params: { state: 'stopped' },
      facts: { rabbit: unknown },
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
