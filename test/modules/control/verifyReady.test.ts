import { ok } from 'node:assert'
import { test } from 'uvu'
import { unknown } from 'haq'
import { rabbitMaintenance, service, verifyReady } from 'haq/modules'
import { lawTests } from 'haq/testing'
import { requirementsOf } from '../../../src/core/step.ts'
import { down } from '../rabbitmq/rabbit-states.ts'

const params = { tasks: [rabbitMaintenance({ state: 'serving' }), service({ name: 'nginx', state: 'running' })] }
const conditions = { state: 'up', node: 'rabbit@a', running: true, draining: true, alarms: [], disabledFlags: [] }
const stopped = { active: false, enabled: true }
const facts = { '0 conditions': conditions, '1 unit': stopped, '1 pending': false }
const [runs, unmasked, exists] = ['the broker is running', 'nginx is not masked', 'the host has a service nginx']

for (const law of lawTests(
  verifyReady,
  [
    { name: 'tasks that could change something', params, facts, changes: [] },
    {
      name: 'tasks that would fail',
      params,
      facts: { ...facts, '0 conditions': down, '1 unit': { ...stopped, masked: true } },
      changes: [],
      unmet: [runs, unmasked],
      sentences: ['the broker is not running', "nginx is masked, so it can't be started or enabled"],
    },
    {
      name: 'unknown',
      params,
      facts: { '0 conditions': unknown, '1 unit': unknown, '1 pending': unknown },
      changes: [],
      unmet: [runs, exists],
    },
  ],
  [{ params: { tasks: [] }, problems: ['tasks: Too small: expected array to have >=1 items'] }],
))
  test(law.name, law.run)

test('verifyReady fails in check mode whatever else changes', () => {
  const requirements = requirementsOf(verifyReady(params).plan({ ...facts, '0 conditions': down }))
  ok(requirements.length > 0 && requirements.every(({ final }) => final))
})

test.run()
