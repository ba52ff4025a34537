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
  summary: 'Set the ARP sysctls of an LVS-DR real server, so that it does not answer ARP for the virtual IP',
  params: z.object({
    interfaces: z.array(interfaceName).default([]).describe('interfaces beside all and lo'),
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
        : removeFile(file(path), path, conf)),
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
    hint: 'name the interface as `ip link` on the host does',
  })
}
