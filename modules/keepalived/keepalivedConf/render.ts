import type { GlobalDefs, VrrpScript, VrrpTrackProcess } from './global.ts'
import type { VrrpInstance } from './instance.ts'
import type { KeepalivedParams } from './params.ts'
import { serviceOf, type RealServer, type VirtualServer } from './virtualServer.ts'

const heading = '# Managed by haq: edits by hand are replaced.'

/** The text of keepalived.conf, including its secrets. @see keepalived.conf(5) */
export function renderConf({ global, scripts, trackProcesses, instances, virtualServers }: KeepalivedParams): string {
  const blocks = [
    globalBlock(global),
    ...scripts.map(scriptBlock),
    ...trackProcesses.map(processBlock),
    ...instances.map(instanceBlock),
    ...virtualServers.map(serverBlock),
  ]
  return [[heading], ...blocks].map(lines => `${lines.join('\n')}\n`).join('\n')
}

type Lines = readonly string[]

function block(head: string, ...parts: readonly Lines[]): Lines {
  return [`${head} {`, ...parts.flat().map(line => `  ${line}`), '}']
}

/** A block for each item of a list. An empty list has no block. */
function list(head: string, lines: Lines): Lines {
  return lines.length === 0 ? [] : block(head, lines)
}

function setting(name: string, value: string | number | undefined): Lines {
  return value === undefined ? [] : [`${name} ${value}`]
}

function flag(name: string, on: boolean): Lines {
  return on ? [name] : []
}

/** A setting that is written out for false as well as for true. */
function choice(name: string, value: boolean | undefined): Lines {
  return value === undefined ? [] : [`${name} ${value}`]
}

function quoted(name: string, command: string | undefined): Lines {
  return command === undefined ? [] : [`${name} "${command}"`]
}

function globalBlock(global: GlobalDefs): Lines {
  const { smtpServer, lvsSyncDaemon: sync } = global
  return block(
    'global_defs',
    setting('router_id', global.routerId),
    flag('enable_script_security', global.enableScriptSecurity),
    setting('script_user', global.scriptUser),
    list('notification_email', global.notificationEmail ?? []),
    setting('notification_email_from', global.notificationEmailFrom),
    setting('smtp_server', smtpServer && `${smtpServer} ${global.smtpPort}`),
    setting('smtp_connect_timeout', global.smtpConnectTimeout),
    choice('smtp_alert', global.smtpAlert),
    setting('vrrp_garp_master_delay', global.vrrpGarpMasterDelay),
    setting('vrrp_garp_master_repeat', global.vrrpGarpMasterRepeat),
    setting('vrrp_garp_master_refresh', global.vrrpGarpMasterRefresh),
    setting('vrrp_garp_master_refresh_repeat', global.vrrpGarpMasterRefreshRepeat),
    setting('vrrp_garp_lower_prio_delay', global.vrrpGarpLowerPrioDelay),
    setting('vrrp_garp_lower_prio_repeat', global.vrrpGarpLowerPrioRepeat),
    flag('vrrp_higher_prio_send_advert', global.vrrpHigherPrioSendAdvert),
    setting('vrrp_garp_interval', global.vrrpGarpInterval),
    flag('vrrp_check_unicast_src', global.vrrpCheckUnicastSrc),
    flag('vrrp_skip_check_adv_addr', global.vrrpSkipCheckAdvAddr),
    setting('vrrp_priority', global.vrrpPriority),
    flag('dynamic_interfaces', global.dynamicInterfaces),
    setting(
      'lvs_sync_daemon',
      sync && `${sync.interface} inst ${sync.instance}${sync.id === undefined ? '' : ` id ${sync.id}`}`,
    ),
    flag('lvs_flush', global.lvsFlush),
    flag('lvs_flush_on_stop', global.lvsFlushOnStop),
  )
}

function scriptBlock(script: VrrpScript): Lines {
  return block(
    `vrrp_script ${script.name}`,
    quoted('script', script.script),
    setting('interval', script.interval),
    setting('timeout', script.timeout),
    setting('weight', script.weight),
    setting('rise', script.rise),
    setting('fall', script.fall),
    setting('user', script.user),
    flag('init_fail', script.initFail),
  )
}

function processBlock(tracked: VrrpTrackProcess): Lines {
  return block(
    `vrrp_track_process ${tracked.name}`,
    quoted('process', tracked.process),
    setting('weight', tracked.weight),
    setting('quorum', tracked.quorum),
    setting('delay', tracked.delay),
  )
}

function instanceBlock(instance: VrrpInstance): Lines {
  const { authentication } = instance
  return block(
    `vrrp_instance ${instance.name}`,
    setting('state', instance.state),
    setting('interface', instance.interface),
    setting('virtual_router_id', instance.virtualRouterId),
    setting('priority', instance.priority),
    instance.version === 3 ? ['version 3'] : [],
    setting('advert_int', instance.advertInt),
    flag('nopreempt', instance.nopreempt),
    setting('preempt_delay', instance.preemptDelay),
    authentication
      ? block('authentication', [`auth_type ${authentication.type}`, `auth_pass ${authentication.pass.reveal()}`])
      : [],
    setting('unicast_src_ip', instance.unicastSrcIp),
    list('unicast_peer', instance.unicastPeers),
    block('virtual_ipaddress', instance.virtualAddresses.map(virtualAddress)),
    list('track_interface', instance.trackInterfaces.map(trackedThing)),
    list('track_script', instance.trackScripts.map(trackedThing)),
    list('track_process', instance.trackProcesses.map(trackedThing)),
    quoted('notify', instance.notify),
    quoted('notify_master', instance.notifyMaster),
    quoted('notify_backup', instance.notifyBackup),
    quoted('notify_fault', instance.notifyFault),
    quoted('notify_stop', instance.notifyStop),
    choice('smtp_alert', instance.smtpAlert),
  )
}

function virtualAddress({ address, prefix, dev, label }: VrrpInstance['virtualAddresses'][number]): string {
  const length = prefix ?? (address.includes(':') ? 128 : 32)
  return [`${address}/${length}`, ...setting('dev', dev), ...setting('label', label)].join(' ')
}

function trackedThing({ name, weight }: VrrpInstance['trackScripts'][number]): string {
  return [name, ...setting('weight', weight)].join(' ')
}

function serverBlock(server: VirtualServer): Lines {
  const { sorryServer } = server
  return block(
    `virtual_server ${serviceOf(server)}`,
    setting('delay_loop', server.delayLoop),
    setting('lb_algo', server.lbAlgo),
    setting('lb_kind', server.lbKind),
    // A firewall mark matches packets of any protocol: keepalived -t refuses a protocol there.
    setting('protocol', server.fwmark === undefined ? server.protocol : undefined),
    setting('persistence_timeout', server.persistenceTimeout),
    flag('ha_suspend', server.haSuspend),
    flag('alpha', server.alpha),
    flag('omega', server.omega),
    setting('quorum', server.quorum),
    setting('hysteresis', server.hysteresis),
    setting('sorry_server', sorryServer && endpoint(sorryServer.address, sorryServer.port ?? server.port)),
    ...server.realServers.map(real => realServerBlock(real, real.port ?? server.port)),
  )
}

function realServerBlock(real: RealServer, port: number | undefined): Lines {
  return block(
    `real_server ${endpoint(real.address, port)}`,
    setting('weight', real.weight),
    flag('inhibit_on_failure', real.inhibitOnFailure),
    quoted('notify_up', real.notifyUp),
    quoted('notify_down', real.notifyDown),
    ...real.checks.map(checkBlock),
  )
}

function checkBlock(check: RealServer['checks'][number]): Lines {
  const tries = [...setting('retry', check.retry), ...setting('delay_before_retry', check.delayBeforeRetry)]
  if (check.type !== 'misc')
    return block(
      check.type === 'tcp' ? 'TCP_CHECK' : 'HTTP_GET',
      check.type === 'tcp' ? [] : block('url', setting('path', check.path), setting('status_code', check.statusCode)),
      setting('connect_ip', check.connectIp),
      setting('connect_port', check.connectPort),
      setting('connect_timeout', check.connectTimeout),
      tries,
    )
  return block(
    'MISC_CHECK',
    quoted('misc_path', check.path),
    setting('misc_timeout', check.timeout),
    flag('misc_dynamic', check.dynamic),
    setting('user', check.user),
    tries,
  )
}

function endpoint(address: string, port: number | undefined): string {
  return port === undefined ? address : `${address} ${port}`
}
