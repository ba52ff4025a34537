import { brokerHealth, rabbitDistribution, restartOnFailure, sysctlLvs } from 'haq/modules'
import { vrrpHeard } from '../../modules/keepalived/vrrp.ts'
import { plannedTexts } from '../planned-texts.ts'

/**
 * What a role of Ansible would carry as files, by their names: haq's own, so that one playbook's work is a no-op for the
 * other also when they change.
 * @param link the interface on which adverts are listened for
 */
export function ansibleFiles(link: string): readonly (readonly [name: string, text: string])[] {
  const [modules = '', sysctl = ''] = plannedTexts(sysctlLvs({ backupOnly: true }))
  const [script = '', service = '', socket = ''] = plannedTexts(brokerHealth({}))
  const [advanced = ''] = plannedTexts(rabbitDistribution({}))
  const [restart = ''] = plannedTexts(restartOnFailure({ service: 'keepalived' }))
  const heard = vrrpHeard(link, 60, 3, '/etc/keepalived/keepalived.conf')
  return [
    ['lvs-modules.conf', modules],
    ['lvs-sysctl.conf', sysctl],
    ['advanced.config', advanced],
    ['90-haq-restart.conf', restart],
    ['broker-health', script],
    ['haq-broker-health@.service', service],
    ['haq-broker-health.socket', socket],
    ['vrrp-heard', `#!/bin/sh\n${heard.script.reveal()}\n`],
  ]
}
