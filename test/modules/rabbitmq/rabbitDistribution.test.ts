import { test } from 'uvu'
import { absent, sha256, unknown, type FileState } from 'haq'
import { rabbitDistribution } from 'haq/modules'
import { lawTests } from 'haq/testing'

const path = '/etc/rabbitmq/advanced.config'
const text = (milliseconds: number): string => `%% Managed by haq (rabbitDistribution): edits by hand are replaced.
[{kernel, [
  {inet_dist_connect_options, [{raw, 6, 18, <<${milliseconds}:32/native>>}]},
  {inet_dist_listen_options, [{raw, 6, 18, <<${milliseconds}:32/native>>}]}
]}].
`
const folder: FileState = { type: 'directory', mode: '0755', owner: 'root', group: 'root' }
const state = (content: string): FileState => ({ type: 'file', mode: '0644', owner: 'root', group: 'root', content })
const digest = (milliseconds: number): string => `sha256 ${sha256(text(milliseconds)).slice(0, 12)} 0644 root:root`
const others = `${path} was written by haq, or is absent`
const foreign = { folder, conf: state('[{rabbit, [{tcp_listeners, [5673]}]}].\n') }
const ours = { folder, conf: state(text(5000)) }

for (const law of lawTests(
  rabbitDistribution,
  [
    {
      name: 'a bare host',
      params: {},
      facts: { folder: absent, conf: absent },
      changes: ['/etc/rabbitmq: absent → directory 0755 root:root', `${path}: absent → ${digest(5000)}`],
    },
    { name: 'as wanted', params: {}, facts: ours, changes: [] },
    {
      name: 'another time',
      params: { userTimeout: 2.5 },
      facts: ours,
      changes: [`${path}: ${digest(5000)} → ${digest(2500)}`],
    },
    {
      name: 'written by another program',
      params: {},
      facts: foreign,
      changes: [`${path}: hidden 0644 root:root → ${digest(5000)}`],
      unmet: [others],
      sentences: [`${path} exists, but was not written by haq`],
    },
    {
      name: 'unknown',
      params: {},
      facts: { folder: unknown, conf: unknown },
      changes: ['/etc/rabbitmq: unknown → directory 0755 root:root', `${path}: unknown → ${digest(5000)}`],
      unmet: [others],
    },
    {
      name: 'state absent',
      params: { state: 'absent' },
      facts: ours,
      changes: [`${path}: ${digest(5000)} → absent`],
    },
    { name: "state absent, and somebody else's", params: { state: 'absent' }, facts: foreign, changes: [] },
    {
      name: 'state absent where there is none',
      params: { state: 'absent' },
      facts: { folder, conf: absent },
      changes: [],
    },
    {
      name: 'state absent, unknown',
      params: { state: 'absent' },
      facts: { folder: unknown, conf: unknown },
      changes: [`${path}: unknown → absent`],
    },
  ],
  [{ params: { userTimeout: 0 }, problems: ['userTimeout: Too small: expected number to be >=1'] }],
))
  test(law.name, law.run)

test.run()
