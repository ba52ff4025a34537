import { deepStrictEqual, throws } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown, type Absent, type FileState } from 'haq'
import { restartOnFailure } from 'haq/modules'
import { lawTests } from 'haq/testing'

const params = { service: 'keepalived' }
const what = 'restart of keepalived'
const there = 'the host has a service keepalived'
const text = (seconds: string): string =>
  `# Managed by haq (restartOnFailure).\n[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=on-failure\nRestartSec=${seconds}\n`
const own: FileState = { type: 'file', mode: '0644', owner: 'root', group: 'root', content: text('1000ms') }
const restart = (policy: string, conf: FileState | Absent = absent, stale = false) => ({
  restart: { policy, stale },
  conf,
})

for (const law of lawTests(
  restartOnFailure,
  [
    {
      name: "with the unit of Debian's keepalived",
      params,
      facts: restart('no'),
      changes: [`${what}: no → on-failure after 1 s`],
    },
    { name: 'one that restarts by its own unit', params, facts: restart('always'), changes: [] },
    { name: 'done before', params, facts: restart('on-failure', own), changes: [] },
    {
      name: 'written, but systemd was not reloaded',
      params,
      facts: restart('no', own, true),
      changes: [`${what}: no → on-failure after 1 s`],
    },
    {
      name: 'done before, to wait longer',
      params: { ...params, afterSeconds: 5 },
      facts: restart('on-failure', own),
      changes: [`${what}: on-failure → on-failure after 5 s`],
    },
    {
      name: 'changed by hand',
      params,
      facts: restart('on-failure', { ...own, content: text('9s') }),
      changes: [`${what}: on-failure → on-failure after 1 s`],
    },
    {
      name: 'no such service',
      params,
      facts: { restart: absent, conf: absent },
      changes: [`${what}: no → on-failure after 1 s`],
      unmet: [there],
      sentences: ['the host has no service keepalived'],
    },
    {
      name: 'unknown',
      params,
      facts: { restart: unknown, conf: unknown },
      changes: [`${what}: unknown → on-failure after 1 s`],
      unmet: [there],
    },
    {
      name: 'state absent, already absent',
      params: { ...params, state: 'absent' },
      facts: restart('on-failure', own),
      changes: [`${what}: on-failure → as its unit says`],
    },
    {
      name: 'state absent, removed, but systemd was not reloaded',
      params: { ...params, state: 'absent' },
      facts: restart('on-failure', absent, true),
      changes: [`${what}: on-failure → as its unit says`],
    },
    {
      name: 'state absent where the unit itself restarts',
      params: { ...params, state: 'absent' },
      facts: restart('always'),
      changes: [],
    },
    {
      name: 'state absent where there is no such service',
      params: { ...params, state: 'absent' },
      facts: { restart: absent, conf: absent },
      changes: [],
    },
    {
      name: 'state absent, and the service is gone already',
      params: { ...params, state: 'absent' },
      facts: { restart: absent, conf: own },
      changes: [`${what}: no → as its unit says`],
    },
    {
      name: 'state absent, unknown',
      params: { ...params, state: 'absent' },
      facts: { restart: unknown, conf: unknown },
      changes: [`${what}: unknown → as its unit says`],
    },
  ],
  [
    {
      params: { service: 'a.service', afterSeconds: 0 },
      problems: [
        'service: takes the name of a service, such as nginx, without .service',
        'afterSeconds: Too small: expected number to be >=0.1',
      ],
    },
  ],
))
  test(law.name, law.run)

test('restartOnFailure parses the output of systemctl', () => {
  const { restart: fact } = restartOnFailure(params).facts
  const says = (policy: string, load = 'loaded', reload = 'no') =>
    `Restart=${policy}\nLoadState=${load}\nNeedDaemonReload=${reload}\n`
  deepStrictEqual(fact?.parse(says('no')), { policy: 'no', stale: false })
  deepStrictEqual(fact.parse(says('on-failure', 'loaded', 'yes')), { policy: 'on-failure', stale: true })
  deepStrictEqual(fact.parse(says('no', 'not-found')), absent)
  throws(() => fact.parse('Failed to connect to bus\n'), /Failed to connect to bus/)
})

test.run()
