import * as z from 'zod'
import { absolutePath, presence } from 'haq'
import { globalDefs, vrrpScript, vrrpTrackProcess } from './global.ts'
import { vrrpInstance, type VrrpInstance } from './instance.ts'
import { serviceOf, virtualServer } from './virtualServer.ts'
import { familyOf, mistakes, repeated, type Mistake } from './words.ts'

/** The parameters of `keepalivedConf`: typed settings of keepalived.conf(5), with the same names in camel case. */
export const keepalivedParams = z
  .object({
    global: globalDefs.prefault({}).describe('global_defs: settings of keepalived as a whole'),
    scripts: z.array(vrrpScript).default([]).describe('vrrp_script: checks that instances track'),
    trackProcesses: z
      .array(vrrpTrackProcess)
      .default([])
      .describe('vrrp_track_process: processes that instances track'),
    instances: z.array(vrrpInstance).prefault([]).describe('vrrp_instance: virtual routers and their addresses'),
    virtualServers: z.array(virtualServer).default([]).describe('virtual_server: services that IPVS balances'),
    path: absolutePath
      .default('/etc/keepalived/keepalived.conf')
      .describe('path of the file; the directory comes with the package keepalived'),
    state: presence,
  })
  .check(mistakes(configMistakes))

export type KeepalivedParams = z.output<typeof keepalivedParams>

/** Refuses what keepalived would drop, change or run wrongly in the configuration as a whole. */
function* configMistakes(params: KeepalivedParams): Iterable<Mistake> {
  const { global, scripts, trackProcesses, instances, virtualServers, state } = params
  if (state === 'present' && instances.length + virtualServers.length === 0)
    yield { path: ['instances'], message: 'takes at least one instance, or virtualServers takes at least one server' }
  yield* repeats(
    'scripts',
    scripts.map(({ name }) => name),
  )
  yield* repeats(
    'trackProcesses',
    trackProcesses.map(({ name }) => name),
  )
  yield* repeats(
    'instances',
    instances.map(({ name }) => name),
  )
  yield* routerIdMistakes(instances)
  for (const [index, instance] of instances.entries()) yield* trackingMistakes(params, instance, index)
  for (const index of repeated(virtualServers.map(server => `${serviceOf(server)} ${server.protocol}`)))
    yield { path: ['virtualServers', index], message: 'is listed twice: list each service once' }
  const { lvsSyncDaemon } = global
  if (lvsSyncDaemon && !instances.some(({ name }) => name === lvsSyncDaemon.instance))
    yield { path: ['global', 'lvsSyncDaemon', 'instance'], message: 'takes the name of one of the instances' }
  if (!global.enableScriptSecurity && runsScripts(params))
    yield {
      path: ['global', 'enableScriptSecurity'],
      message: 'takes true if there is any script: keepalived -t refuses scripts without it',
    }
  yield* alertMistakes(params)
}

function* repeats(list: string, names: readonly string[]): Iterable<Mistake> {
  for (const index of repeated(names))
    yield { path: [list, index, 'name'], message: `takes a unique name: ${names[index]} is listed twice` }
}

/** IPv4 and IPv6 have separate VRIDs, so two instances for both families may have the same number. */
function* routerIdMistakes(instances: readonly VrrpInstance[]): Iterable<Mistake> {
  const ids = instances.map(
    ({ interface: dev, virtualRouterId, virtualAddresses: [vip] }) =>
      `${virtualRouterId} on ${dev}, IPv${familyOf(vip?.address ?? '')}`,
  )
  for (const index of repeated(ids))
    yield {
      path: ['instances', index, 'virtualRouterId'],
      message: `takes a unique VRID: ${ids[index]}, is already used by ${instances[ids.indexOf(ids[index] ?? '')]?.name}`,
    }
}

function* trackingMistakes(params: KeepalivedParams, instance: VrrpInstance, at: number): Iterable<Mistake> {
  for (const [list, things] of [
    ['trackScripts', params.scripts],
    ['trackProcesses', params.trackProcesses],
  ] as const)
    for (const [index, { name, weight }] of instance[list].entries()) {
      const path = ['instances', at, list, index]
      const thing = things.find(thing => thing.name === name)
      const what = list === 'trackScripts' ? 'scripts' : list
      if (!thing) yield { path, message: `takes the name of one of the ${what}: there is no ${name}` }
      else if (instance.nopreempt && (weight ?? thing.weight) !== 0) yield { path, message: weighted }
    }
  for (const [index, { weight = 0 }] of instance.trackInterfaces.entries())
    if (instance.nopreempt && weight !== 0)
      yield { path: ['instances', at, 'trackInterfaces', index], message: weighted }
}

const weighted =
  'takes weight 0 together with nopreempt: a lower priority alone never makes the other node master. Leave weight out, ' +
  'so that a failure means FAULT, or leave nopreempt out and take a weight larger than the difference of the priorities'

function runsScripts({ scripts, instances, virtualServers }: KeepalivedParams): boolean {
  return (
    scripts.length > 0 ||
    instances.some(i => i.notify ?? i.notifyMaster ?? i.notifyBackup ?? i.notifyFault ?? i.notifyStop) ||
    virtualServers.some(({ realServers }) =>
      realServers.some(
        real => real.notifyUp ?? real.notifyDown ?? (real.checks.some(({ type }) => type === 'misc') || undefined),
      ),
    )
  )
}

function* alertMistakes({ global, instances }: KeepalivedParams): Iterable<Mistake> {
  if (global.notificationEmail) return
  const message = 'needs global.notificationEmail: without an address keepalived sends no mail'
  if (global.smtpAlert === true) yield { path: ['global', 'smtpAlert'], message }
  for (const [index, { smtpAlert }] of instances.entries())
    if (smtpAlert === true) yield { path: ['instances', index, 'smtpAlert'], message }
}
