import * as z from 'zod'
import {
  absent,
  convergeFile,
  convergeSysctls,
  defineModule,
  file,
  isKnown,
  predict,
  presence,
  removeFile,
  require,
  run,
  sh,
  sysctls,
  unknown,
  type Absent,
  type Step,
  type SysctlValues,
  type Unknown,
  keptAtBoot,
  sysctlFiles,
} from 'haq'
import { ipvsBlocked, ipvsSupport } from './ipvs.ts'
import { backupOnlySysctl } from './backup-only.ts'

const modulesFile = {
  path: '/etc/modules-load.d/90-haq-lvs.conf',
  content: '# Managed by haq (sysctlLvs): the sysctls are there once ip_vs is loaded.\nip_vs\n',
}
const path = '/etc/sysctl.d/90-haq-lvs.conf'
const attributes = { mode: '0644', owner: 'root', group: 'root' }

/** The kernel's defaults. */
const kernelValues = { [backupOnlySysctl]: '0', 'net.ipv4.vs.expire_nodest_conn': '0' }
const live = sysctls(Object.keys(kernelValues))

/**
 * Sets the IPVS sysctls of an LVS director, now and at every boot. When a real server has left the pool, IPVS forgets
 * a connection to it at the next packet. A client that uses the same source port again then reaches a working real
 * server.
 *
 * With `backupOnly`, a director that is also a real server does not balance packets while it is backup. It serves the
 * connections that the master has sent to it; otherwise it would balance them again and lose some of them. This needs
 * keepalived's `lvs_sync_daemon`, which tells the kernel which director is backup.
 *
 * The kernel module ip_vs is loaded first, because the sysctls exist only with it. State `absent` restores the
 * kernel's defaults and keeps ip_vs loaded.
 *
 * @see ipvs-sysctl in the kernel's documentation, backup_only and expire_nodest_conn; modules-load.d(5), sysctl.d(5)
 *
 * @example
 * ```ts
 * sysctlLvs({ backupOnly: true })
 * ```
 */
export const sysctlLvs = defineModule({
  name: 'sysctlLvs',
  summary: 'Set the IPVS sysctls of an LVS director, now and at boot',
  params: z.object({
    backupOnly: z
      .boolean()
      .default(false)
      .describe('do not balance connections that the master has sent: for a director that is also a real server'),
    state: presence,
  }),
  facts: () => ({
    modules: file(modulesFile.path),
    conf: file(path),
    kernel: ipvsSupport,
    live,
    boot: sysctlFiles(path, Object.keys(kernelValues)),
    blocked: ipvsBlocked,
  }),
  plan: ({ backupOnly, state }, { modules, conf, kernel, live: current, boot, blocked }) => {
    if (state === 'absent')
      return [
        ...removeFile(path, conf),
        ...removeFile(modulesFile.path, modules),
        ...convergeSysctls(kernelValues, current),
      ]
    const wanted = { [backupOnlySysctl]: backupOnly ? '1' : '0', 'net.ipv4.vs.expire_nodest_conn': '1' }
    const settings = Object.entries(wanted).map(([name, value]) => `${name} = ${value}\n`)
    const content = `# Managed by haq (sysctlLvs).\n${settings.join('')}`
    const loaded = onceLoaded(current)
    return [
      require('the kernel has IPVS', isKnown(kernel) ? kernel !== absent : unknown, {
        otherwise: "the kernel has no IPVS (ip_vs), so this host can't be a director",
        hint: "boot a kernel with the module ip_vs, such as Debian's kernels",
      }),
      require('ip_vs is loaded at boot', isKnown(blocked) ? blocked === absent : unknown, {
        otherwise: `ip_vs is not loaded at boot: ${isKnown(blocked) ? blocked : 'unknown'}`,
        hint: 'find out who keeps it from being loaded and why, and take that away',
        final: true,
      }),
      keptAtBoot(path, wanted, boot),
      ...convergeFile(file(modulesFile.path), { ...modulesFile, ...attributes }, modules),
      ...convergeFile(file(path), { path, content, ...attributes }, conf),
      ...(kernel === 'loaded' ? [] : [load(kernel, loaded)]),
      ...convergeSysctls(wanted, loaded),
    ]
  },
})

/** The sysctls appear with the kernel module, with the kernel's defaults. */
function onceLoaded(current: SysctlValues | Unknown): SysctlValues | Unknown {
  return isKnown(current) && current[backupOnlySysctl] === absent ? kernelValues : current
}

function load(kernel: 'loaded' | 'loadable' | Absent | Unknown, then: SysctlValues | Unknown): Step {
  const change = { what: 'kernel module ip_vs', from: isKnown(kernel) ? 'not loaded' : 'unknown', to: 'loaded' }
  return run({
    change,
    script: sh`PATH=$PATH:/usr/sbin:/sbin; modprobe ip_vs`,
    undo: isKnown(kernel)
      ? {
          change: { ...change, from: change.to, to: change.from },
          // IPVS schedulers, which the kernel loads by itself, keep the module in use.
          script: sh`PATH=$PATH:/usr/sbin:/sbin; modprobe -r $(ls /sys/module/ip_vs/holders) ip_vs`,
        }
      : { impossible: 'whether the kernel module was loaded before is not known' },
    predicts: [predict(ipvsSupport, 'loaded'), predict(live, then)],
  })
}
