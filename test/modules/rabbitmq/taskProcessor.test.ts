import { match, ok } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { taskProcessor } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { writtenFiles } from '../own-units.ts'

const params = { name: 'mails', command: ['/usr/bin/worker', '--queue', 'mails'], user: 'worker' } as const
const running = { active: true, enabled: true }
const stopped = { active: false, enabled: true }
const bare = { user: true, file: absent, unit: absent, stale: false, broker: running }
const [written] = writtenFiles(taskProcessor(params), bare)
const [changed] = writtenFiles(taskProcessor({ ...params, restartSeconds: 9 }), bare)
ok(written && changed)
const path = '/etc/systemd/system/haq-task-mails.service'
const unit = 'unit haq-task-mails.service'
const there = 'there is a user worker'
const held = { ...bare, file: written.state, unit: running }

for (const law of lawTests(
  taskProcessor,
  [
    {
      name: 'the host does not have it',
      params,
      facts: bare,
      changes: [`${path}: absent → ${written.change}`, `${unit}: absent → running as written`],
    },
    { name: 'as wanted', params, facts: held, changes: [] },
    {
      name: 'the broker down',
      params,
      facts: { ...held, unit: stopped, broker: { active: false, enabled: true } },
      changes: [],
    },
    {
      name: 'the broker down, the first time',
      params,
      facts: { ...bare, broker: absent },
      changes: [`${path}: absent → ${written.change}`, `${unit}: absent → enabled`],
    },
    {
      name: 'stopped by an operator',
      params,
      facts: { ...held, unit: stopped },
      changes: [`${unit}: stopped and enabled → running as written`],
    },
    {
      name: 'other settings',
      params: { ...params, restartSeconds: 9 },
      facts: held,
      changes: [`${path}: ${written.change} → ${changed.change}`, `${unit}: running and enabled → running as written`],
    },
    {
      name: 'killed after its file was written',
      params,
      facts: { ...held, stale: true },
      changes: [`${unit}: running and enabled → running as written`],
    },
    {
      name: 'no such user',
      params,
      facts: { ...held, user: absent },
      changes: [],
      unmet: [there],
      sentences: ['there is no user worker on this host'],
    },
    {
      name: 'state absent',
      params: { ...params, state: 'absent' },
      facts: held,
      changes: [`${unit}: running and enabled → stopped and disabled`, `${path}: ${written.change} → absent`],
    },
    { name: 'gone', params: { ...params, state: 'absent' }, facts: bare, changes: [] },
    {
      name: 'unknown',
      params,
      facts: Object.fromEntries(Object.keys(bare).map(key => [key, unknown])),
      changes: [`${path}: unknown → ${written.change}`, `${unit}: unknown → running as written`],
      unmet: [there],
    },
  ],
  [
    {
      params: { name: '../x', command: ['worker'], user: '0' },
      problems: [
        'name: takes letters, digits, dots, dashes and underscores',
        'command[0]: takes an absolute path, without . or .. in it',
        "user: takes a user's name",
      ],
    },
    {
      params: { ...params, environment: { A: 'x\ny' } },
      problems: ['environment.A: takes text of one line'],
    },
  ],
))
  test(law.name, law.run)

test('taskProcessor passes arguments to the command unchanged', () => {
  const task = taskProcessor({
    ...params,
    command: ['/usr/bin/worker', '$HOME', '100%', 'a "b" \\n'],
    environment: { GREETING: 'say "$hi" 5%' },
  })
  const text = writtenFiles(task, bare)[0]?.text ?? ''
  match(text, /^ExecStart=\/usr\/bin\/worker "\$\$HOME" "100%%" "a \\"b\\" \\\\n"$/m)
  match(text, /^Environment="GREETING=say \\"\$hi\\" 5%%"$/m)
})

test.run()
