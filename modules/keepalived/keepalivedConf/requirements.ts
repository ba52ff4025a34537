import { absent, isKnown, require, unknown, type Absent, type Requirement, type SysctlValues, type Unknown } from 'haq'
import { backupOnlySysctl } from '../../lvs/backup-only.ts'
import type { KeepalivedParams } from './params.ts'
import { serviceOf, type VirtualServer } from './virtualServer.ts'

type Known<T> = T | Unknown

/**
 * Requires that a backup director that is also a real server does not balance connections which the master has already
 * balanced. Otherwise it would send a part of the packets back, and these would go back and forth between the two
 * hosts until their TTL ends.
 * @param own the host's addresses, without those on its loopback interface
 * @see keepalived.conf(5), lvs_sync_daemon; ipvs-sysctl in the kernel's documentation, backup_only
 */
export function loopRequirements(
  params: KeepalivedParams,
  own: Known<readonly string[]>,
  live: Known<SysctlValues>,
): readonly Requirement[] {
  if (params.instances.length === 0) return []
  return params.virtualServers.filter(mayLoop).flatMap(server => {
    const that = `as backup, the host does not balance ${serviceOf(server)}`
    if (!isKnown(own)) return [require(that, unknown)]
    const self = server.realServers.find(({ address }) => own.includes(address))
    if (!self || server.realServers.every(({ address }) => own.includes(address))) return []
    const wrong = whyLoop(params, server, live)
    return [
      require(that, isKnown(wrong) ? wrong === undefined : unknown, {
        otherwise:
          `${self.address} is both a director and a real server of ${serviceOf(server)}: as backup it would balance ` +
          `the master's connections again, and a part of all connections would fail${isKnown(wrong) && wrong ? `; ${wrong}` : ''}`,
        hint:
          'add sysctlLvs({ backupOnly: true }) before this task, and set global.lvsSyncDaemon here to the instance that holds the ' +
          'virtual IP; or balance a fwmark that lvsMark sets',
      }),
    ]
  })
}

/**
 * Only direct routing passes packets on unchanged. A firewall mark is set only on packets that no other director has
 * forwarded.
 */
function mayLoop({ lbKind, fwmark }: VirtualServer): boolean {
  return lbKind === 'DR' && fwmark === undefined
}

function whyLoop(
  { global: { lvsSyncDaemon }, instances }: KeepalivedParams,
  { address }: VirtualServer,
  live: Known<SysctlValues>,
): Known<string | undefined> {
  if (!lvsSyncDaemon) return 'keepalived has no global.lvsSyncDaemon'
  const holder = instances.find(({ virtualAddresses }) => virtualAddresses.some(vip => vip.address === address))
  if (holder && holder.name !== lvsSyncDaemon.instance)
    return `global.lvsSyncDaemon follows ${lvsSyncDaemon.instance}, but ${address} belongs to ${holder.name}`
  if (!isKnown(live)) return unknown
  const value = live[backupOnlySysctl]
  return value === '1' ? undefined : `sysctl ${backupOnlySysctl} is ${value ?? 'not there'}, not 1`
}

/**
 * Requires a correct address of the host itself among the unicast settings. keepalived would notice a mistake only
 * when it runs.
 */
export function unicastRequirements({ instances }: KeepalivedParams, own: Known<readonly string[]>): Requirement[] {
  return instances
    .filter(({ unicastPeers }) => unicastPeers.length > 0)
    .flatMap(({ name, unicastPeers, unicastSrcIp }) => {
      const self = isKnown(own) ? unicastPeers.find(peer => own.includes(peer)) : undefined
      return [
        require(`all unicast peers of ${name} are other hosts`, isKnown(own) ? self === undefined : unknown, {
          otherwise: `${self} is this host's own address, but is listed in unicastPeers of ${name}`,
          hint: 'list only the other nodes',
        }),
        ...(unicastSrcIp === undefined
          ? []
          : [
              require(`${unicastSrcIp} is the host's own address`, isKnown(own)
                ? own.includes(unicastSrcIp)
                : unknown, {
                otherwise: `unicastSrcIp of ${name} is ${unicastSrcIp}, but the host has no such address`,
                hint: "set unicastSrcIp to the host's own address on the instance's interface",
              }),
            ]),
      ]
    })
}

/** The programs that keepalived runs as root. keepalived does not check programs that it runs as another user. */
export function rootPrograms({ global, scripts, instances, virtualServers }: KeepalivedParams): readonly string[] {
  const commands: readonly (readonly [command: string | undefined, user?: string | undefined])[] = [
    ...scripts.map(({ script, user }) => [script, user] as const),
    ...instances
      .flatMap(i => [i.notify, i.notifyMaster, i.notifyBackup, i.notifyFault, i.notifyStop])
      .map(command => [command] as const),
    ...virtualServers
      .flatMap(({ realServers }) => realServers)
      .flatMap(({ notifyUp, notifyDown, checks }) => [
        [notifyUp] as const,
        [notifyDown] as const,
        ...checks.flatMap(check => (check.type === 'misc' ? [[check.path, check.user] as const] : [])),
      ]),
  ]
  const programs = commands.flatMap(([command, user = global.scriptUser]) =>
    command === undefined || !user.split(' ').includes('root') ? [] : [command.split(' ')[0] ?? ''],
  )
  return [...new Set(programs)].sort()
}

/** Refuses scripts that keepalived would silently disable. */
export function scriptRequirement(path: string, troubles: Known<readonly string[] | Absent>): Requirement {
  return require(`keepalived may run ${path}`, isKnown(troubles)
    ? troubles !== absent && troubles.length === 0
    : unknown, {
    otherwise:
      isKnown(troubles) && troubles !== absent
        ? `keepalived would disable ${path}, because it would run as root: ${troubles.join('; ')}`
        : `keepalived would disable ${path}: the file does not exist`,
    hint: 'install it in an earlier task, as a file of root with mode 0755, in directories that only root can write',
  })
}
