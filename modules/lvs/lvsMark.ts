import * as z from 'zod'
import {
  absent,
  convergeFile,
  defineModule,
  file,
  hostRef,
  interfaceName,
  isKnown,
  lines,
  on,
  predict,
  presence,
  removeFile,
  require,
  run,
  sh,
  systemdUnit,
  unknown,
  type Absent,
  type Fact,
  type FileState,
  type HostRef,
  type Plan,
  type Step,
  type UnitState,
  type Unknown,
} from 'haq'
import { linkAddress } from '../network/link-address.ts'
import { chainOf, replaceRules, rulesOf, scriptPath, scriptText, unitName, unitPath, unitText } from './mark.ts'
import { asWritten, enableAsWritten } from '../system/own-unit.ts'

const macAddress = z
  .string()
  .regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i, { error: 'takes a host of the inventory, or a link address (MAC)' })
  .meta({ title: 'MAC address' })

const params = z.object({
  vip: z.ipv4({ error: 'takes an IPv4 address' }).describe('the virtual IP'),
  port: z.int().min(1).max(65535).describe('the TCP port of the service'),
  mark: z.int().min(1).max(4_294_967_295).describe('the firewall mark; each service needs a different one'),
  interface: interfaceName.describe('the interface of the peers whose link-layer address is used'),
  peers: z
    .array(z.union([hostRef(), macAddress], { error: 'takes a host of the inventory, or a link address (MAC)' }))
    .min(1)
    .readonly()
    .describe('the other directors: hosts of the inventory, or link-layer addresses (MAC)'),
  state: presence,
})

type Params = z.output<typeof params>
type Known<T> = T | Absent | Unknown

/**
 * Sets a firewall mark on connections to a virtual IP, for a `virtual_server` with a fwmark. Connections that another
 * director has forwarded get no mark: a director that is also a real server then serves them, and does not balance
 * them again. The rules are set now and at every boot, by a oneshot unit that runs before keepalived. The unit uses
 * iptables-nft or iptables-legacy, whichever the kernel supports.
 *
 * This module is the alternative to `sysctlLvs({ backupOnly: true })`. It works without telling IPVS which director is
 * backup. Run it again when a peer gets another network card.
 *
 * @see iptables-extensions(8), mac and MARK; ipvsadm(8), --fwmark-service
 *
 * @example
 * ```ts
 * lvsMark({
 *   vip: '192.168.1.120',
 *   port: 5672,
 *   mark: 1,
 *   interface: 'eth1',
 *   peers: group('directors').filter(({ name }) => name !== host.name),
 * })
 * ```
 */
export const lvsMark = defineModule({
  name: 'lvsMark',
  summary: 'Mark connections to a virtual IP for LVS, except those that another director has forwarded',
  params,
  title: ({ vip, port }) => `${vip}:${port}`,
  facts: ({ mark, interface: dev, peers, state }) => ({
    script: file(scriptPath(mark)),
    unitFile: file(unitPath(mark)),
    unit: systemdUnit(unitName(mark)),
    rules: rulesOf(mark),
    ...Object.fromEntries(
      (state === 'present' ? peers : [])
        .filter(peer => typeof peer !== 'string')
        .map((peer): readonly [string, Fact<unknown>] => [`link of ${peer.name}`, on(peer, linkAddress(dev))]),
    ),
  }),
  plan: (params, facts) => (params.state === 'present' ? mark(params, facts) : unmark(params, facts)),
})

interface Found {
  readonly script: Known<FileState>
  readonly unitFile: Known<FileState>
  readonly unit: Known<UnitState>
  readonly rules: Known<readonly string[]>
}

function mark(params: Params, found: Found): Plan {
  const { mark: number, peers, interface: dev } = params
  const { script, unitFile, unit, rules } = found
  const links = found as unknown as Readonly<Record<string, Known<string>>>
  const macs = peers.map(peer =>
    typeof peer === 'string' ? peer.toLowerCase() : (links[`link of ${peer.name}`] ?? absent),
  )
  const wanted = wantedRules(
    params,
    macs.map(mac => (isKnown(mac) ? (mac ?? '') : '')),
  )
  const attributes = { owner: 'root', group: 'root' }
  const writes = [
    ...convergeFile(
      file(scriptPath(number)),
      { path: scriptPath(number), content: scriptText(number, wanted), mode: '0755', ...attributes },
      script,
    ),
    ...convergeFile(
      file(unitPath(number)),
      { path: unitPath(number), content: unitText(params), mode: '0644', ...attributes },
      unitFile,
    ),
  ]
  const isEnabled = isKnown(unit) && unit?.enabled === true
  const isLive = isKnown(rules) && rules !== absent && rules.join('\n') === wanted.join('\n')
  return [
    require('the host has iptables', isKnown(rules) ? rules !== absent : unknown, {
      otherwise: 'the host has no iptables',
      hint: "install it in an earlier task: packages({ names: ['iptables'] })",
    }),
    ...peers.flatMap((peer, index) => (typeof peer === 'string' ? [] : [hasLink(peer, dev, macs[index] ?? absent)])),
    ...asWritten({ name: unitName(number), state: unit }),
    ...writes,
    ...(writes.length > 0 || !isEnabled ? [enable(number, unit)] : []),
    ...(isLive && writes.length === 0 ? [] : [apply(number, wanted, rules, unit)]),
  ]
}

function hasLink(peer: HostRef, dev: string, mac: Known<string>) {
  return require(`${peer.name} has a link address on ${dev}`, isKnown(mac) ? mac !== absent : unknown, {
    otherwise: `${peer.name} has no interface ${dev}, so its packets can't be distinguished from those of clients`,
    hint: 'use the name that `ip link` shows on that host',
  })
}

/** The rules as `iptables -S` prints them. */
function wantedRules({ vip, port, mark: number }: Params, macs: readonly string[]): readonly string[] {
  const chain = chainOf(number)
  return [
    `-A PREROUTING -d ${vip}/32 -p tcp -m tcp --dport ${port} -j ${chain}`,
    ...macs.map(mac => `-A ${chain} -m mac --mac-source ${mac} -j RETURN`),
    `-A ${chain} -j MARK --set-xmark 0x${number.toString(16)}/0xffffffff`,
  ]
}

function enable(number: number, unit: Known<UnitState>): Step {
  const name = unitName(number)
  const was = !isKnown(unit) ? 'unknown' : unit === absent ? 'absent' : unit.enabled === true ? 'enabled' : 'disabled'
  const change = { what: `boot of ${name}`, from: was, to: 'enabled as written' }
  return run({
    change,
    script: enableAsWritten(name),
    undo:
      was === 'enabled'
        ? { change: { ...change, from: change.to, to: was }, script: sh`:` }
        : { change: { ...change, from: change.to, to: 'disabled' }, script: sh`systemctl -q disable ${name}` },
    predicts: [
      predict(systemdUnit(name), { active: isKnown(unit) ? (unit?.active ?? false) : unknown, enabled: true }),
    ],
  })
}

/** Only the unit sets and removes the rules, so that its state always matches the rules. */
function apply(
  number: number,
  wanted: readonly string[],
  rules: Known<readonly string[]>,
  unit: Known<UnitState>,
): Step {
  const name = unitName(number)
  const from = rulesWord(rules)
  const change = { what: `iptables ${chainOf(number)}`, from, to: `${wanted.length} rules` }
  return run({
    change,
    script: sh`systemctl daemon-reload
systemctl restart ${name}`,
    undo:
      isKnown(rules) && rules !== absent
        ? {
            change: { ...change, from: change.to, to: from },
            script:
              isKnown(unit) && unit?.active === true
                ? replaceRules(number, rules)
                : lines(sh`systemctl stop ${name}`, replaceRules(number, rules)),
          }
        : { impossible: 'the previous rules are not known' },
    predicts: [predict(rulesOf(number), wanted), predict(systemdUnit(name), { active: true, enabled: true })],
  })
}

function rulesWord(rules: Known<readonly string[]>): string {
  if (!isKnown(rules)) return 'unknown'
  return rules === absent || rules.length === 0 ? 'absent' : 'other rules'
}

function unmark({ mark: number }: Params, { script, unitFile, unit, rules }: Found): Plan {
  const name = unitName(number)
  const mayBeLive = !isKnown(rules) || (rules !== absent && rules.length > 0)
  const mayBeEnabled = !isKnown(unit) || (unit !== absent && unit.enabled !== false)
  const change = { what: `iptables ${chainOf(number)}`, from: isKnown(rules) ? 'there' : 'unknown', to: 'absent' }
  return [
    ...(mayBeLive
      ? [
          run({
            change,
            script: sh`systemctl stop ${name} 2>/dev/null || :
${replaceRules(number, [])}`,
            undo: isKnown(rules)
              ? { change: { ...change, from: 'absent', to: 'there' }, script: replaceRules(number, rules) }
              : { impossible: 'the previous rules are not known' },
            predicts: [
              predict(rulesOf(number), isKnown(rules) ? [] : unknown),
              predict(systemdUnit(name), isKnown(unit) && unit ? { ...unit, active: false } : unit),
            ],
          }),
        ]
      : []),
    ...(mayBeEnabled
      ? [
          run({
            change: { what: `boot of ${name}`, from: isKnown(unit) ? 'enabled' : 'unknown', to: 'disabled' },
            script: sh`systemctl -q disable --now ${name}`,
            undo: {
              change: { what: `boot of ${name}`, from: 'disabled', to: 'enabled' },
              script: enableAsWritten(name),
            },
            predicts: [predict(systemdUnit(name), { active: false, enabled: false })],
          }),
        ]
      : []),
    ...removeFile(unitPath(number), unitFile),
    ...removeFile(scriptPath(number), script),
  ]
}
