import { deepStrictEqual, throws } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { restartOnFailure } from 'haq/modules'
import { lawTests } from 'haq/testing'

const params = { service: 'keepalived' }
const what = 'restart of keepalived'
const there = 'the host has a service keepalived'
const restart = (policy: string, own = false, stale = false) => ({ restart: { policy, own, stale } })

for (const law of lawTests(
  restartOnFailure,
  [
    { name: "as Debian's keepalived comes", params, facts: restart('no'), changes: [`${what}: no → on-failure`] },
    { name: 'one that restarts by its own unit', params, facts: restart('always'), changes: [] },
    { name: 'done before', params, facts: restart('on-failure', true), changes: [] },
    {
      name: 'written, and systemd not told',
      params,
      facts: restart('no', true, true),
      changes: [`${what}: no → on-failure`],
    },
    {
      name: 'no such service',
      params,
      facts: { restart: absent },
      changes: [`${what}: no → on-failure`],
      unmet: [there],
      sentences: ['the host has no service keepalived'],
    },
    {
      name: 'not known',
      params,
      facts: { restart: unknown },
      changes: [`${what}: unknown → on-failure`],
      unmet: [there],
    },
    {
      name: 'to be absent where it is done',
      params: { ...params, state: 'absent' },
      facts: restart('on-failure', true),
      changes: [`${what}: on-failure → as its unit says`],
    },
    {
      name: 'to be absent, removed, and systemd not told',
      params: { ...params, state: 'absent' },
      facts: restart('on-failure', false, true),
      changes: [`${what}: on-failure → as its unit says`],
    },
    {
      name: 'to be absent where the unit itself restarts',
      params: { ...params, state: 'absent' },
      facts: restart('always'),
      changes: [],
    },
    {
      name: 'to be absent where there is no such service',
      params: { ...params, state: 'absent' },
      facts: { restart: absent },
      changes: [],
    },
    {
      name: 'to be absent, not known',
      params: { ...params, state: 'absent' },
      facts: { restart: unknown },
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

test('restartOnFailure reads what systemd says', () => {
  const { restart: fact } = restartOnFailure(params).facts
  const says = (policy: string, load = 'loaded', reload = 'no') =>
    `Restart=${policy}\nLoadState=${load}\nNeedDaemonReload=${reload}\n`
  deepStrictEqual(fact?.parse(says('no')), { policy: 'no', own: false, stale: false })
  deepStrictEqual(fact.parse(`own\n${says('on-failure', 'loaded', 'yes')}`), {
    policy: 'on-failure',
    own: true,
    stale: true,
  })
  deepStrictEqual(fact.parse(says('no', 'not-found')), absent)
  deepStrictEqual(fact.parse(`own\n${says('no', 'not-found')}`), { policy: 'no', own: true, stale: true })
  throws(() => fact.parse('Failed to connect to bus\n'), /Failed to connect to bus/)
})

test.run()
