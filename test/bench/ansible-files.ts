import { brokerHealth, rabbitDistribution, restartOnFailure, sysctlLvs } from 'haq/modules'
import { vrrpHeard } from '../../modules/keepalived/vrrp.ts'
import { plannedTexts } from '../planned-texts.ts'

/**
 * The files of an Ansible role, by name. They are made from haq's modules, so that after a run of haq Ansible has
 * nothing to change, and vice versa.
 * @param link the interface on which keepalived listens for adverts
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
