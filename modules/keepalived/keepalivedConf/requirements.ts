import { absent, isKnown, require, unknown, type Absent, type Requirement, type SysctlValues, type Unknown } from 'haq'
import { backupOnlySysctl } from '../../lvs/backup-only.ts'
import type { KeepalivedParams } from './params.ts'
import { serviceOf, type VirtualServer } from './virtualServer.ts'

type Known<T> = T | Unknown

/**
 * That a backup director, which is also a real server, does not balance again what the master sent it: it would send a
 * part of the packets back, and they would bounce between the two until their time to live ends.
 *
 * @param own the host's addresses, those on its loopback apart
 * @see keepalived.conf(5), lvs_sync_daemon; ipvs-sysctl in the kernel's documentation, backup_only
 */
export function loopRequirements(
  params: KeepalivedParams,
  own: Known<readonly string[]>,
  live: Known<SysctlValues>,
): readonly Requirement[] {
  if (params.instances.length === 0) return []
  return params.virtualServers.filter(mayLoop).flatMap(server => {
    const that = `as backup, the host leaves ${serviceOf(server)} alone`
    if (!isKnown(own)) return [require(that, unknown)]
    const self = server.realServers.find(({ address }) => own.includes(address))
    if (!self || server.realServers.every(({ address }) => own.includes(address))) return []
    const wrong = whyLoop(params, server, live)
    return [
      require(that, isKnown(wrong) ? wrong === undefined : unknown, {
        otherwise:
          `${self.address} is a director and a real server of ${serviceOf(server)} at once: as backup it would balance ` +
          `again what the master sent it, and a part of all connections would fail${isKnown(wrong) && wrong ? `; ${wrong}` : ''}`,
        hint:
          'have sysctlLvs({ backupOnly: true }) before this task, and global.lvsSyncDaemon here with the instance that holds the ' +
          'virtual IP; or balance a fwmark that lvsMark sets',
      }),
    ]
  })
}

/** Only direct routing passes packets on as they are; a mark is set on those that come from no other director. */
function mayLoop({ lbKind, fwmark }: VirtualServer): boolean {
  return lbKind === 'DR' && fwmark === undefined
}

function whyLoop(
  { global: { lvsSyncDaemon }, instances }: KeepalivedParams,
  { address }: VirtualServer,
  live: Known<SysctlValues>,
): Known<string | undefined> {
  if (!lvsSyncDaemon) return 'it has no global.lvsSyncDaemon'
  const holder = instances.find(({ virtualAddresses }) => virtualAddresses.some(vip => vip.address === address))
  if (holder && holder.name !== lvsSyncDaemon.instance)
    return `global.lvsSyncDaemon follows ${lvsSyncDaemon.instance}, and ${address} is ${holder.name}'s`
  if (!isKnown(live)) return unknown
  const value = live[backupOnlySysctl]
  return value === '1' ? undefined : `sysctl ${backupOnlySysctl} is ${value ?? 'not there'}, not 1`
}

/** That the host's own place among the unicast peers is right, which keepalived finds out only when it runs. */
export function unicastRequirements({ instances }: KeepalivedParams, own: Known<readonly string[]>): Requirement[] {
  return instances
    .filter(({ unicastPeers }) => unicastPeers.length > 0)
    .flatMap(({ name, unicastPeers, unicastSrcIp }) => {
      const self = isKnown(own) ? unicastPeers.find(peer => own.includes(peer)) : undefined
      return [
        require(`the peers of ${name} are other hosts`, isKnown(own) ? self === undefined : unknown, {
          otherwise: `${self} is this host's own address, and stands among the unicastPeers of ${name}`,
          hint: 'name the other nodes only',
        }),
        ...(unicastSrcIp === undefined
          ? []
          : [
              require(`${unicastSrcIp} is the host's own address`, isKnown(own)
                ? own.includes(unicastSrcIp)
                : unknown, {
                otherwise: `${name} is to send its adverts from ${unicastSrcIp}, and the host has no such address`,
                hint: "unicastSrcIp takes the host's own address on the instance's interface",
              }),
            ]),
      ]
    })
}

/**
 * The programs that keepalived is to run with root's rights. Those of other users it runs wherever they are.
 */
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

/** What keepalived would disable without anybody noticing. */
export function scriptRequirement(path: string, troubles: Known<readonly string[] | Absent>): Requirement {
  return require(`keepalived may run ${path}`, isKnown(troubles)
    ? troubles !== absent && troubles.length === 0
    : unknown, {
    otherwise:
      isKnown(troubles) && troubles !== absent
        ? `keepalived would disable ${path}, as it runs with root's rights: ${troubles.join('; ')}`
        : `keepalived would disable ${path}: there is no such file`,
    hint: 'bring it in an earlier task, as a file of root, mode 0755, in folders that only root can write',
  })
}
