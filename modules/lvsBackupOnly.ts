import * as z from 'zod'
import {
  absent,
  convergeFile,
  defineModule,
  file,
  ipvsSupport,
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
  type Absent,
  type Step,
  type SysctlValues,
  type Unknown,
} from 'haq'
import { backupOnlySysctl } from './lvs/backup-only.ts'

const modulesFile = {
  path: '/etc/modules-load.d/90-haq-lvs.conf',
  content: '# Managed by haq (lvsBackupOnly): the sysctl is there once ip_vs is loaded.\nip_vs\n',
}
const sysctlFile = {
  path: '/etc/sysctl.d/90-haq-lvs.conf',
  content: `# Managed by haq (lvsBackupOnly).\n${backupOnlySysctl} = 1\n`,
}
const attributes = { mode: '0644', owner: 'root', group: 'root' }
const live = sysctls([backupOnlySysctl])
const off: SysctlValues = { [backupOnlySysctl]: '0' }
const on: SysctlValues = { [backupOnlySysctl]: '1' }

/**
 * Keeps a director's IPVS out of what reaches it while it is backup, now and after a reboot: a director that is also a
 * real server then serves what the master sent it, where it would else balance it again and lose connections. It acts
 * only together with keepalived's `lvs_sync_daemon`, which tells the kernel who is backup, and only while it is.
 *
 * The module ip_vs is loaded first, as the setting is not there before. `absent` sets it back, and leaves ip_vs loaded.
 *
 * @see ipvs-sysctl in the kernel's documentation, backup_only; modules-load.d(5), sysctl.d(5)
 */
export const lvsBackupOnly = defineModule({
  name: 'lvsBackupOnly',
  summary: 'Keep a backup director that is also a real server from balancing again what the master sent it',
  params: z.object({ state: presence }),
  facts: () => ({ modules: file(modulesFile.path), conf: file(sysctlFile.path), kernel: ipvsSupport, live }),
  plan: ({ state }, { modules, conf, kernel, live: current }) =>
    state === 'absent'
      ? [
          ...removeFile(file(sysctlFile.path), sysctlFile.path, conf),
          ...removeFile(file(modulesFile.path), modulesFile.path, modules),
          ...set(off, current),
        ]
      : [
          require('the kernel has IPVS', isKnown(kernel) ? kernel !== absent : unknown, {
            otherwise: 'the kernel has no IPVS (ip_vs): this host cannot be a director',
            hint: "boot a kernel with the module ip_vs, as Debian's own have it",
          }),
          ...convergeFile(file(modulesFile.path), { ...modulesFile, ...attributes }, modules),
          ...convergeFile(file(sysctlFile.path), { ...sysctlFile, ...attributes }, conf),
          ...(kernel === 'loaded' ? [] : [load(kernel, onceLoaded(current))]),
          ...set(on, kernel === absent ? current : onceLoaded(current)),
        ],
})

/** The setting comes with the module, and is off then. */
function onceLoaded(current: SysctlValues | Unknown): SysctlValues | Unknown {
  return isKnown(current) && current[backupOnlySysctl] === absent ? off : current
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

function set(wanted: SysctlValues, current: SysctlValues | Unknown): readonly Step[] {
  const to = wanted[backupOnlySysctl] ?? ''
  const from = isKnown(current) ? current[backupOnlySysctl] : 'unknown'
  if (from === to || (wanted === off && from === absent)) return []
  const change = { what: `sysctl ${backupOnlySysctl}`, from: from ?? 'absent', to }
  const write = (value: string) => sh`echo ${value} >/proc/sys/${sysctlPath(backupOnlySysctl)}`
  return [
    run({
      change,
      script: write(to),
      undo:
        from === '0' || from === '1'
          ? { change: { ...change, from: to, to: from }, script: write(from) }
          : { impossible: 'the value before is not known' },
      predicts: [predict(live, wanted)],
    }),
  ]
}
