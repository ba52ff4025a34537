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
import { ipvsSupport } from './ipvs.ts'
import { backupOnlySysctl } from './backup-only.ts'

const modulesFile = {
  path: '/etc/modules-load.d/90-haq-lvs.conf',
  content: '# Managed by haq (sysctlLvs): the sysctls are there once ip_vs is loaded.\nip_vs\n',
}
const path = '/etc/sysctl.d/90-haq-lvs.conf'
const attributes = { mode: '0644', owner: 'root', group: 'root' }

/** The kernel's own values. */
const kernelValues = { [backupOnlySysctl]: '0', 'net.ipv4.vs.expire_nodest_conn': '0' }
const live = sysctls(Object.keys(kernelValues))

/**
 * The IPVS sysctls of an LVS director, live and after a reboot: a connection to a real server that has left the pool is
 * forgotten at its next packet, so that a client which uses the same port again is led to one that works.
 *
 * With `backupOnly` a director that is also a real server keeps its IPVS out of what reaches it while it is backup: it
 * serves what the master sent it, where it would else balance it again and lose connections. That acts only together with
 * keepalived's `lvs_sync_daemon`, which tells the kernel who is backup, and only while it is.
 *
 * The module ip_vs is loaded first, as the settings are not there before. `absent` gives the kernel's own values back, and
 * leaves ip_vs loaded.
 *
 * @see ipvs-sysctl in the kernel's documentation, backup_only and expire_nodest_conn; modules-load.d(5), sysctl.d(5)
 */
export const sysctlLvs = defineModule({
  name: 'sysctlLvs',
  summary: 'Set the IPVS sysctls of an LVS director, now and at boot',
  params: z.object({
    backupOnly: z
      .boolean()
      .default(false)
      .describe('leave alone what the master sent: for a director that is also a real server'),
    state: presence,
  }),
  facts: () => ({
    modules: file(modulesFile.path),
    conf: file(path),
    kernel: ipvsSupport,
    live,
    boot: sysctlFiles(path, Object.keys(kernelValues)),
  }),
  plan: ({ backupOnly, state }, { modules, conf, kernel, live: current, boot }) => {
    if (state === 'absent')
      return [
        ...removeFile(file(path), path, conf),
        ...removeFile(file(modulesFile.path), modulesFile.path, modules),
        ...convergeSysctls(kernelValues, current),
      ]
    const wanted = { [backupOnlySysctl]: backupOnly ? '1' : '0', 'net.ipv4.vs.expire_nodest_conn': '1' }
    const settings = Object.entries(wanted).map(([name, value]) => `${name} = ${value}\n`)
    const content = `# Managed by haq (sysctlLvs).\n${settings.join('')}`
    const loaded = onceLoaded(current)
    return [
      require('the kernel has IPVS', isKnown(kernel) ? kernel !== absent : unknown, {
        otherwise: 'the kernel has no IPVS (ip_vs): this host cannot be a director',
        hint: "boot a kernel with the module ip_vs, as Debian's own have it",
      }),
      keptAtBoot(path, wanted, boot),
      ...convergeFile(file(modulesFile.path), { ...modulesFile, ...attributes }, modules),
      ...convergeFile(file(path), { path, content, ...attributes }, conf),
      ...(kernel === 'loaded' ? [] : [load(kernel, loaded)]),
      ...convergeSysctls(wanted, loaded),
    ]
  },
})

/** The settings come with the module, and are the kernel's own then. */
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
          // Schedulers, which the kernel loads by itself, hold it.
          script: sh`PATH=$PATH:/usr/sbin:/sbin; modprobe -r $(ls /sys/module/ip_vs/holders) ip_vs`,
        }
      : { impossible: 'whether it was loaded before is not known' },
    predicts: [predict(ipvsSupport, 'loaded'), predict(live, then)],
  })
}
