import * as z from 'zod'
import {
  absent,
  convergeFile,
  convergeSysctls,
  defineModule,
  file,
  interfaceName,
  isKnown,
  keptAtBoot,
  presence,
  removeFile,
  require,
  sysctlFiles,
  sysctls,
  unknown,
  type Fact,
  type SysctlValues,
  type Unknown,
} from 'haq'

const path = '/etc/sysctl.d/90-haq-arp.conf'

/** The values on a real server, and the kernel's defaults. */
const settings = [
  { name: 'arp_ignore', real: '1', kernel: '0' },
  { name: 'arp_announce', real: '2', kernel: '0' },
] as const

/**
 * Sets the ARP sysctls of an LVS-DR real server, now and at every boot. The real server has the virtual IP, but does
 * not answer ARP requests for it and does not announce it; that is the task of the director. State `absent` restores
 * the kernel's defaults.
 *
 * @see ip-sysctl in the kernel's documentation, sysctl.d(5)
 *
 * @example
 * ```ts
 * sysctlArp({ interfaces: ['eth1'] })
 * ```
 */
export const sysctlArp = defineModule({
  name: 'sysctlArp',
  summary: 'Set the ARP sysctls of an LVS-DR real server, so that it does not answer ARP for the virtual IP',
  params: z.object({
    interfaces: z.array(interfaceName).default([]).describe('additional interfaces; all and lo are always set'),
    state: presence,
  }),
  facts: ({ interfaces }) => ({
    conf: file(path),
    live: liveValues(interfaces),
    boot: sysctlFiles(path, Object.keys(wantedValues(interfaces, 'present'))),
  }),
  plan: ({ interfaces, state }, { conf, live, boot }) => {
    const wanted = wantedValues(interfaces, state)
    const content = `# Managed by haq (sysctlArp).\n${Object.entries(wanted)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join('')}`
    return [
      ...(state === 'present'
        ? [...interfaces.map(name => hasInterface(name, live)), keptAtBoot(path, wanted, boot)]
        : []),
      ...(state === 'present'
        ? convergeFile(file(path), { path, content, mode: '0644', owner: 'root', group: 'root' }, conf)
        : removeFile(path, conf)),
      ...convergeSysctls(wanted, live),
    ]
  },
})

function wantedValues(interfaces: readonly string[], state: 'present' | 'absent'): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ['all', 'lo', ...interfaces].flatMap(scope =>
      settings.map(({ name, real, kernel }) => [sysctlName(scope, name), state === 'present' ? real : kernel]),
    ),
  )
}

function sysctlName(scope: string, setting: string): string {
  return `net.ipv4.conf.${scope.replaceAll('.', '/')}.${setting}`
}

function liveValues(interfaces: readonly string[]): Fact<SysctlValues> {
  return sysctls(Object.keys(wantedValues(interfaces, 'present')))
}

function hasInterface(name: string, live: SysctlValues | Unknown) {
  return require(`the host has an interface ${name}`, isKnown(live)
    ? live[sysctlName(name, 'arp_ignore')] !== absent
    : unknown, {
    otherwise: `the host has no interface ${name}`,
    hint: 'use the name that `ip link` shows on the host',
  })
}
