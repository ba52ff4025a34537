import { match, ok } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { brokerHealth } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { writtenFiles } from '../own-units.ts'

const bare = {
  user: true,
  folder: absent,
  shared: false,
  script: absent,
  service: absent,
  socket: absent,
  unit: absent,
  stale: false,
}
const folder = { type: 'directory', mode: '0755', owner: 'root', group: 'root' }
const paths = [
  '/usr/local/lib/haq/broker-health',
  '/etc/systemd/system/haq-broker-health@.service',
  '/etc/systemd/system/haq-broker-health.socket',
]
const [script, service, socket] = writtenFiles(brokerHealth({}), bare)
const other = writtenFiles(brokerHealth({ port: 6000 }), bare)[2]
ok(script && service && socket && other)
const running = { active: true, enabled: true }
const held = {
  user: true,
  folder,
  shared: false,
  script: script.state,
  service: service.state,
  socket: socket.state,
  unit: running,
  stale: false,
}
const installed = 'RabbitMQ is installed'
const made = '/usr/local/lib/haq: absent → directory 0755 root:root'
const unit = 'unit haq-broker-health.socket'

for (const law of lawTests(
  brokerHealth,
  [
    {
      name: 'the host does not have it',
      params: {},
      facts: bare,
      changes: [
        made,
        ...[script, service, socket].map(({ change }, i) => `${paths[i]}: absent → ${change}`),
        `${unit}: absent → running as written`,
      ],
    },
    { name: 'as wanted', params: {}, facts: held, changes: [] },
    {
      name: 'another port',
      params: { port: 6000 },
      facts: held,
      changes: [`${paths[2]}: ${socket.change} → ${other.change}`, `${unit}: running and enabled → running as written`],
    },
    {
      name: 'killed after the files were written',
      params: {},
      facts: { ...held, unit: running, stale: true },
      changes: [`${unit}: running and enabled → running as written`],
    },
    {
      name: 'stopped by an operator',
      params: {},
      facts: { ...held, unit: { active: false, enabled: true } },
      changes: [`${unit}: stopped and enabled → running as written`],
    },
    {
      name: 'a host without RabbitMQ',
      params: {},
      facts: { ...held, user: absent, unit: { active: true, enabled: false } },
      changes: [`${unit}: running and disabled → running as written`],
      unmet: [installed],
      sentences: [`not met: ${installed}`],
    },
    {
      name: 'state absent',
      params: { state: 'absent' },
      facts: held,
      changes: [
        `${unit}: running and enabled → stopped and disabled`,
        ...[script, service, socket].map(({ change }, i) => `${paths[i]}: ${change} → absent`),
        '/usr/local/lib/haq: directory → absent',
      ],
    },
    {
      name: 'removed, except a directory with other files',
      params: { state: 'absent' },
      facts: { ...bare, folder, shared: true },
      changes: [],
    },
    { name: 'gone', params: { state: 'absent' }, facts: bare, changes: [] },
    {
      name: 'unknown',
      params: {},
      facts: Object.fromEntries(Object.keys(bare).map(key => [key, unknown])),
      changes: [
        '/usr/local/lib/haq: unknown → directory 0755 root:root',
        ...[script, service, socket].map(({ change }, i) => `${paths[i]}: unknown → ${change}`),
        `${unit}: unknown → running as written`,
      ],
      unmet: [installed],
    },
  ],
  [
    { params: { port: 0 }, problems: ['port: Too small: expected number to be >=1'] },
    { params: { health: true }, problems: [': Unrecognized key: "health"'] },
  ],
))
  test(law.name, law.run)

test('brokerHealth keeps listening after a flood of connections', () =>
  match(socket.text, /^MaxConnections=32\nTriggerLimitIntervalSec=0$/m))

test('brokerHealth asks for the listener on the port of AMQP', () =>
  match(writtenFiles(brokerHealth({ amqpPort: 5673 }), bare)[0]?.text ?? '', /element\(6, L\) =:= 5673,/))

test('an empty node in no cluster is healthy only where there are no other brokers', () => {
  const text = (clustered: boolean): string => writtenFiles(brokerHealth({ clustered }), bare)[0]?.text ?? ''
  match(text(false), /IsNew = false andalso/)
  match(text(true), /IsNew = true andalso/)
})

test.run()
