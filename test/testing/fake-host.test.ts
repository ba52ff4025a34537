import { deepStrictEqual, throws } from 'node:assert'
import { test } from 'uvu'
import { absent, isPending, systemdUnit } from 'haq'
import { service } from 'haq/modules'
import { FakeHost, has } from 'haq/testing'

const unit = systemdUnit('nginx.service')
const pending = isPending('service-nginx-running')
const running = service({ name: 'nginx', state: 'running' })

test('tasks on a fake host follow on each other', () => {
  const host = new FakeHost(has(unit, { active: false, enabled: true }), has(pending, false))
  deepStrictEqual(host.apply(running), [{ what: 'service nginx', from: 'stopped', to: 'running' }])
  deepStrictEqual(host.apply(running), [])
})

test('a fake host refuses what a real one would, and what it was not told', () => {
  throws(() => new FakeHost(has(unit, absent), has(pending, false)).apply(running), /the host has no service nginx/)
  throws(() => new FakeHost().apply(running), /was not given systemdUnit:nginx.service/)
})

test.run()
