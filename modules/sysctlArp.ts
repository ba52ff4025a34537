import * as z from 'zod'
import {
  absent,
  convergeFile,
  defineModule,
  file,
  interfaceName,
  isKnown,
  predict,
  presence,
  removeFile,
  require,
  run,
  sh,
  sysctlPath,
  sysctls,
  unknown,
  type Fact,
  type Step,
  type SysctlValues,
  type Unknown,
} from 'haq'

const path = '/etc/sysctl.d/90-haq-arp.conf'

/** What a real server is set to, and the kernel's own value. */
const settings = [
  { name: 'arp_ignore', real: '1', kernel: '0' },
  { name: 'arp_announce', real: '2', kernel: '0' },
] as const

/**
 * The ARP sysctls of an LVS-DR real server, live and after a reboot: it holds the VIP, but neither answers for it nor
 * announces it, as that is the director's. `absent` gives the kernel's own values back.
 *
 * @see ip-sysctl in the kernel's documentation, sysctl.d(5)
 */
export const sysctlArp = defineModule({
  name: 'sysctlArp',
  summary: 'Keep an LVS-DR real server from answering ARP for the VIP that it holds',
  params: z.object({
    interfaces: z.array(interfaceName).default([]).describe('interfaces beside all and lo'),
    state: presence,
  }),
  facts: ({ interfaces }) => ({ conf: file(path), live: liveValues(interfaces) }),
  plan: ({ interfaces, state }, { conf, live }) => {
    const wanted = wantedValues(interfaces, state)
    const content = `# Managed by haq (sysctlArp).\n${wanted.map(([name, value]) => `${name} = ${value}\n`).join('')}`
    return [
      ...(state === 'present' ? interfaces.map(name => hasInterface(name, live)) : []),
      ...(state === 'present'
        ? convergeFile(file(path), { path, content, mode: '0644', owner: 'root', group: 'root' }, conf)
        : removeFile(file(path), path, conf)),
      ...liveSteps(liveValues(interfaces), wanted, live),
    ]
  },
})

function wantedValues(
  interfaces: readonly string[],
  state: 'present' | 'absent',
): readonly (readonly [name: string, value: string])[] {
  return ['all', 'lo', ...interfaces].flatMap(scope =>
    settings.map(({ name, real, kernel }) => [sysctlName(scope, name), state === 'present' ? real : kernel] as const),
  )
}

function sysctlName(scope: string, setting: string): string {
  return `net.ipv4.conf.${scope.replaceAll('.', '/')}.${setting}`
}

function liveValues(interfaces: readonly string[]): Fact<SysctlValues> {
  return sysctls(wantedValues(interfaces, 'present').map(([name]) => name))
}

function hasInterface(name: string, live: SysctlValues | Unknown) {
  return require(`the host has an interface ${name}`, isKnown(live)
    ? live[sysctlName(name, 'arp_ignore')] !== absent
    : unknown, {
    otherwise: `the host has no interface ${name}`,
    hint: 'name the interface as `ip link` on the host does',
  })
}

function liveSteps(
  fact: Fact<SysctlValues>,
  wanted: readonly (readonly [name: string, value: string])[],
  live: SysctlValues | Unknown,
): readonly Step[] {
  let values: SysctlValues | Unknown = live
  return wanted.flatMap(([name, to]) => {
    const from = isKnown(live) ? live[name] : 'unknown'
    if (from === to || from === absent || from === undefined) return []
    values = isKnown(values) ? { ...values, [name]: to } : unknown
    const key = sysctlPath(name)
    const change = { what: `sysctl ${name}`, from, to }
    return run({
      change,
      script: sh`echo ${to} >/proc/sys/${key}`,
      undo: isKnown(live)
        ? { change: { ...change, from: to, to: from }, script: sh`echo ${from} >/proc/sys/${key}` }
        : { impossible: 'the value before is not known' },
      predicts: [predict(fact, values)],
    })
  })
}
