import { absent, type Task } from 'haq'
import { brokerHealth, rabbitDistribution, sysctlLvs } from 'haq/modules'
import { stepsOf } from '../../src/core/step.ts'
import { vrrpHeard } from '../../src/facts/vrrp.ts'

/**
 * What a role of Ansible would carry as files, by their names: haq's own, so that one playbook's work is a no-op for the
 * other also when they change.
 * @param link the interface on which adverts are listened for
 */
export function ansibleFiles(link: string): readonly (readonly [name: string, text: string])[] {
  const [modules = '', sysctl = ''] = written(sysctlLvs({ backupOnly: true }))
  const [script = '', service = '', socket = ''] = written(brokerHealth({}))
  const [advanced = ''] = written(rabbitDistribution({}))
  const heard = vrrpHeard(link, 60, 4, '/etc/keepalived/keepalived.conf')
  return [
    ['lvs-modules.conf', modules],
    ['lvs-sysctl.conf', sysctl],
    ['advanced.config', advanced],
    ['broker-health', script],
    ['haq-broker-health@.service', service],
    ['haq-broker-health.socket', socket],
    ['vrrp-heard', `#!/bin/sh\n${heard.script.reveal()}\n`],
  ]
}

/** The texts of the files that a task writes where there is nothing. */
function written(task: Task): readonly string[] {
  const nothing = Object.fromEntries(Object.keys(task.facts).map(name => [name, absent]))
  return stepsOf(task.plan({ ...nothing, live: {} })).flatMap(step =>
    step.kind === 'write' ? [step.content.reveal()] : [],
  )
}
