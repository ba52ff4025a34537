import * as z from 'zod'
import {
  absent,
  addresses,
  convergeFile,
  defineModule,
  file,
  isKnown,
  lines,
  predict,
  presence,
  removeFile,
  run,
  sh,
  systemdUnit,
  unknown,
  type Absent,
  type AddressState,
  type Change,
  type FileState,
  type Plan,
  type Script,
  type Step,
  type Undo,
  type UnitState,
  type Unknown,
} from 'haq'
import { asWritten, enableAsWritten } from '../system/own-unit.ts'

const params = z.object({
  vip: z.ipv4({ error: 'takes an IPv4 address' }).describe('the virtual IP, added with prefix length 32'),
  label: z
    .string()
    .regex(/^lo(:\S+)?$/, { error: 'takes lo, or lo: and a word, such as lo:0' })
    .max(15, { error: 'takes up to 15 characters, the limit of the kernel' })
    .default('lo:0')
    .describe('the label of the address in the output of ip and ifconfig, up to 15 characters'),
  state: presence,
})

type Params = z.output<typeof params>

/**
 * Adds the virtual IP to the loopback interface of an LVS-DR real server, now and at every boot (by a oneshot unit).
 * Packets from the director have the virtual IP as their destination; a host without this address would drop them.
 *
 * @see ip-address(8), systemd.service(5)
 *
 * @example
 * ```ts
 * loopbackVip({ vip: '192.168.1.120' })
 * ```
 */
export const loopbackVip = defineModule({
  name: 'loopbackVip',
  summary: 'Add the virtual IP to the loopback interface of an LVS-DR real server, now and at boot',
  params,
  title: ({ vip }) => vip,
  facts: ({ vip }) => ({ lo: addresses('lo'), unit: systemdUnit(unitName(vip)), unitFile: file(unitPath(vip)) }),
  plan: (params, { lo, unit, unitFile }) =>
    params.state === 'present' ? hold(params, lo, unit, unitFile) : release(params, lo, unit, unitFile),
})

function unitName(vip: string): string {
  return `haq-vip-${vip}.service`
}

function unitPath(vip: string): string {
  return `/etc/systemd/system/${unitName(vip)}`
}

function unitText({ vip, label }: Params): string {
  return `# Managed by haq (loopbackVip).
[Unit]
Description=Virtual IP ${vip} on the loopback
After=network-pre.target
Before=network.target keepalived.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/sbin/ip address replace ${vip}/32 dev lo label ${label}
ExecStop=-/sbin/ip address del ${vip}/32 dev lo

[Install]
WantedBy=multi-user.target
`
}

type Unit = UnitState | Absent | Unknown
type Addresses = readonly AddressState[] | Absent | Unknown
type UnitFile = FileState | Absent | Unknown

function hold(params: Params, lo: Addresses, unit: Unit, unitFile: UnitFile): Plan {
  const { vip, label } = params
  const wantedFile = { path: unitPath(vip), content: unitText(params), mode: '0644', owner: 'root', group: 'root' }
  const write = convergeFile(file(unitPath(vip)), wantedFile, unitFile)
  const isHeld = isKnown(lo) && lo?.some(({ address, label: l }) => address === `${vip}/32` && l === label)
  return [
    ...asWritten({ name: unitName(vip), state: unit }),
    ...write,
    ...(write.length > 0 || !isEnabled(unit) ? [enable(vip, unit)] : []),
    ...(isHeld ? [] : [addAddress(params, lo, unit)]),
  ]
}

function release(params: Params, lo: Addresses, unit: Unit, unitFile: UnitFile): Plan {
  const { vip } = params
  const mayBeHeld = !isKnown(lo) || lo?.some(({ address }) => address === `${vip}/32`)
  const mayBeEnabled = !isKnown(unit) || unit?.enabled === true
  return [
    ...(mayBeHeld ? [removeAddress(params, lo, unit)] : []),
    ...(mayBeEnabled ? [disable(vip, unit)] : []),
    ...removeFile(unitPath(vip), unitFile),
  ]
}

function enable(vip: string, unit: Unit): Step {
  const name = unitName(vip)
  const change = { what: `boot of ${name}`, from: bootWord(unit), to: 'enabled as written' }
  return run({
    change,
    script: enableAsWritten(name),
    undo: isEnabled(unit)
      ? { change: { ...change, from: change.to, to: 'enabled' }, script: sh`:` }
      : { change: { ...change, from: change.to, to: 'disabled' }, script: sh`systemctl -q disable ${name}` },
    predicts: [
      predict(systemdUnit(name), { active: isKnown(unit) ? (unit?.active ?? false) : unknown, enabled: true }),
    ],
  })
}

function disable(vip: string, unit: Unit): Step {
  const name = unitName(vip)
  const change = { what: `boot of ${name}`, from: bootWord(unit), to: 'disabled' }
  return run({
    change,
    script: sh`systemctl -q disable ${name}`,
    undo: { change: { ...change, from: 'disabled', to: 'enabled' }, script: sh`systemctl -q enable ${name}` },
    predicts: [predict(systemdUnit(name), { active: false, enabled: false })],
  })
}

/** Only the unit adds and removes the address, so that its state always matches the address. */
function addAddress({ vip, label }: Params, lo: Addresses, unit: Unit): Step {
  const change = { what: `address ${vip}/32 on lo`, from: addressWord(lo, vip), to: label }
  return run({
    change,
    // `ip address replace` does not change the label of an existing address. And if an earlier run was killed before it
    // reloaded systemd, systemd may still know an older version of the unit.
    script: sh`systemctl daemon-reload
systemctl stop ${unitName(vip)}
${dropAddress(vip)}
systemctl start ${unitName(vip)}`,
    // Another program removed the address, while the unit stayed active.
    undo: undoOf(vip, change, isActive(unit) ? dropAddress(vip) : sh`systemctl stop ${unitName(vip)}`),
    predicts: [predict(addresses('lo'), isKnown(lo) ? [...withoutVip(lo, vip), { address: `${vip}/32`, label }] : lo)],
  })
}

function removeAddress({ vip }: Params, lo: Addresses, unit: Unit): Step {
  const change = { what: `address ${vip}/32 on lo`, from: addressWord(lo, vip), to: 'absent' }
  return run({
    change,
    // An address that was added by hand does not belong to the unit.
    script: sh`systemctl stop ${unitName(vip)} 2>/dev/null || :
${dropAddress(vip)}`,
    undo: undoOf(vip, change, isActive(unit) ? lines(sh`systemctl start ${unitName(vip)}`, dropAddress(vip)) : sh`:`),
    predicts: [predict(addresses('lo'), isKnown(lo) ? withoutVip(lo, vip) : lo)],
  })
}

function dropAddress(vip: string): Script {
  return sh`if ip -4 -o address show dev lo | grep -qF ${` ${vip}/32 `}; then ip address del ${vip}/32 dev lo; fi`
}

/** Restores the previous label of the address, or removes the address. */
function undoOf(vip: string, { what, from, to }: Change, drop: Script): Undo {
  if (from === 'unknown') return { impossible: 'the previous address is not known' }
  const add = from === 'absent' ? sh`:` : sh`ip address add ${vip}/32 dev lo label ${from}`
  return { change: { what, from: to, to: from }, script: lines(drop, add) }
}

function withoutVip(lo: readonly AddressState[] | Absent, vip: string): readonly AddressState[] {
  return (lo ?? []).filter(({ address }) => address !== `${vip}/32`)
}

function addressWord(lo: Addresses, vip: string): string {
  return isKnown(lo) ? (lo?.find(({ address }) => address === `${vip}/32`)?.label ?? 'absent') : 'unknown'
}

function isActive(unit: Unit): boolean {
  return isKnown(unit) && unit?.active === true
}

function isEnabled(unit: Unit): boolean {
  return isKnown(unit) && unit?.enabled === true
}

function bootWord(unit: Unit): string {
  if (!isKnown(unit)) return 'unknown'
  return unit === absent ? 'absent' : isEnabled(unit) ? 'enabled' : 'disabled'
}
