import { deepStrictEqual, match, strictEqual } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { service } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { stepsOf } from '../../../src/core/step.ts'

const params = { name: 'nginx', state: 'running', enabled: true } as const
const running = { active: true, enabled: true }
const off = { active: false, enabled: false }
const nameProblem = 'name: takes the name of a unit, such as nginx or nginx.service'

for (const law of lawTests(
  service,
  [
    {
      name: 'a host that does not have it',
      params,
      facts: { unit: absent, pending: false },
      changes: ['service nginx: stopped → running', 'boot of nginx: disabled → enabled'],
      unmet: ['the host has a service nginx'],
      sentences: ['the host has no service nginx'],
    },
    {
      name: 'stopped and disabled',
      params,
      facts: { unit: off, pending: false },
      changes: ['service nginx: stopped → running', 'boot of nginx: disabled → enabled'],
    },
    { name: 'as wanted', params, facts: { unit: running, pending: false }, changes: [] },
    {
      name: 'masked',
      params,
      facts: { unit: { ...off, masked: true }, pending: false },
      changes: ['service nginx: stopped → running', 'boot of nginx: disabled → enabled'],
      unmet: ['nginx is not masked'],
      sentences: ["nginx is masked, so it can't be started or enabled"],
    },
    {
      name: 'masked, state stopped',
      params: { name: 'nginx', state: 'stopped', enabled: false },
      facts: { unit: { ...off, masked: true }, pending: false },
      changes: [],
    },
    {
      name: 'a oneshot, which ends',
      params: { name: 'nginx', state: 'running' },
      facts: { unit: { active: false, enabled: true, oneshot: true }, pending: false },
      changes: ['service nginx: stopped → running'],
      unmet: ['nginx stays running'],
      sentences: ['nginx does not stay running: it is a oneshot service without RemainAfterExit'],
    },
    {
      name: 'a oneshot at boot',
      params: { name: 'nginx', enabled: true },
      facts: { unit: { active: false, enabled: true, oneshot: true }, pending: false },
      changes: [],
    },
    {
      name: 'started by hand, but not at boot',
      params,
      facts: { unit: { active: true, enabled: false }, pending: false },
      changes: ['boot of nginx: disabled → enabled'],
    },
    {
      name: 'still starting',
      params,
      facts: { unit: { active: 'changing', enabled: true }, pending: false },
      changes: ['service nginx: starting or stopping → running'],
    },
    {
      name: 'state stopped, the service fails repeatedly',
      params: { name: 'nginx', state: 'stopped' },
      facts: { unit: { active: 'changing', enabled: true }, pending: false },
      changes: ['service nginx: starting or stopping → stopped'],
    },
    ...(['static', 'indirect', 'alias', 'transient', 'no file'] as const).flatMap(enabled => [
      {
        name: `UnitFileState ${enabled}, to be enabled`,
        params,
        facts: { unit: { active: true, enabled }, pending: false },
        changes: [],
        unmet: ['nginx can be enabled'],
      },
      {
        name: `UnitFileState ${enabled}, only to run`,
        params: { name: 'nginx', state: 'running' as const },
        facts: { unit: { active: true, enabled }, pending: false },
        changes: [],
      },
      {
        name: `UnitFileState ${enabled}, to be disabled, and nothing wants it`,
        params: { name: 'nginx', enabled: false },
        facts: { unit: { active: true, enabled }, pending: false },
        changes: [],
      },
      {
        name: `UnitFileState ${enabled}, to be disabled, and another unit wants it`,
        params: { name: 'nginx', enabled: false },
        facts: { unit: { active: true, enabled, wanted: true as const }, pending: false },
        changes: [],
        unmet: ['nginx can be disabled'],
      },
    ]),
    {
      name: 'stopped and disabled of a running one',
      params: { name: 'nginx.service', state: 'stopped', enabled: false },
      facts: { unit: running, pending: false },
      changes: ['service nginx.service: running → stopped', 'boot of nginx.service: enabled → disabled'],
    },
    {
      name: 'stopped and disabled where there is none',
      params: { name: 'nginx', state: 'stopped', enabled: false },
      facts: { unit: absent, pending: false },
      changes: [],
    },
    {
      name: 'only whether the service starts at boot',
      params: { name: 'nginx', enabled: false },
      facts: { unit: running, pending: false },
      changes: ['boot of nginx: enabled → disabled'],
    },
    {
      name: 'unknown before a package brings it',
      params,
      facts: { unit: unknown, pending: false },
      changes: ['service nginx: unknown → running', 'boot of nginx: unknown → enabled'],
      unmet: ['the host has a service nginx'],
      sentences: [],
    },
    {
      name: 'a handler that was not notified',
      params: { name: 'nginx', state: 'restarted' },
      facts: { unit: running, pending: false },
      changes: [],
    },
    {
      name: 'a handler with a pending restart',
      params: { name: 'nginx', state: 'restarted' },
      facts: { unit: running, pending: true },
      changes: ['service nginx: not yet with the change → restarted if it runs'],
    },
    {
      name: 'a handler with a pending reload',
      params: { name: 'nginx', state: 'reloaded' },
      facts: { unit: running, pending: true },
      changes: ['service nginx: not yet with the change → reloaded if it runs'],
    },
  ],
  [
    { params: { name: '-f' }, problems: [nameProblem] },
    ...['worker@', 'worker@.service'].map(name => ({
      params: { name, enabled: true },
      problems: ['name: takes an instance of a template, such as worker@1'],
    })),
    { params: { name: 'a b', state: 'running' }, problems: [nameProblem] },
    {
      params: { name: 'nginx', state: 'started', enable: true },
      problems: [
        'state: Invalid option: expected one of "running"|"stopped"|"restarted"|"reloaded"',
        ': Unrecognized key: "enable"',
      ],
    },
  ],
))
  test(law.name, law.run)

/** The unit that systemctl is told of. */
const units: readonly (readonly [name: string, unit: string])[] = [
  ['nginx', 'nginx.service'],
  ['nginx.service', 'nginx.service'],
  ['fstrim.timer', 'fstrim.timer'],
  ['getty@tty1', 'getty@tty1.service'],
  ['org.cups.cupsd', 'org.cups.cupsd.service'],
]
for (const [name, unit] of units)
  test(`service ${name} is the unit ${unit}`, () => {
    const task = service({ name, state: 'running' })
    strictEqual(task.facts['unit']?.key, `systemdUnit:${unit}`)
    const [step] = stepsOf(task.plan({ unit: off, pending: false }))
    match(step?.kind === 'run' ? step.script.reveal() : '', new RegExp(`=\\$\\(systemctl start -- ${unit} `))
  })

test('service stays pending only as a handler, separately for restart and reload', () => {
  const ids = (['running', 'stopped', 'restarted', 'reloaded'] as const).map(
    state => service({ name: 'nginx', state }).handlerId,
  )
  deepStrictEqual(ids, [undefined, undefined, 'service-nginx-restarted', 'service-nginx-reloaded'])
})

test('service stays pending until the restart succeeded', () => {
  const [step] = stepsOf(service({ name: 'nginx', state: 'restarted' }).plan({ unit: running, pending: true }))
  match(
    step?.kind === 'run' ? step.script.reveal() : '',
    /^if systemctl cat nginx.service [^]*; then\n[^]*systemctl try-restart [^]*exit 1\n}\n[^]*\nfi\n[^]*rm -f .*service-nginx/,
  )
})

test.run()
