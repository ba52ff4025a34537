import { readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { exists } from '../cached.ts'
import { BRIDGE } from '../network.ts'
import { labNames, labPaths, type HostPaths } from '../paths.ts'
import { processesIn } from '../processes.ts'
import { run } from '../run.ts'
import { linkAddress, linkName } from '../subnet.ts'
import type { LabState } from '../state.ts'
import type { LabHost } from '../types.ts'
import type { Launch, Machine } from './machine.ts'
import { ensureKernelLayer, guestInit } from './uml-layer.ts'

/** A guest with one large service, such as a message broker, takes about 190 MB. */
const MEMORY = '768M'

/** The file is sparse: it uses only the space that the host has written. */
const DISK_BYTES = 16 * 1024 ** 3

/** The guest's name in its folder. Each guest has a folder of its own. */
const GUEST = 'guest'

/**
 * Wakes the guest's clock. Sometimes the guest's kernel loses the signal of its timer: it still answers the network,
 * but timers no longer end, and nobody can log in. This script sends the signal again; an extra signal is harmless. The
 * signal would end a kernel that has just started, or another process with the same number, so the script checks first.
 */
const WAKE = `
wake() {
  while sleep 0.5; do
    read -r kernel <"$1" && read -r name <"/proc/$kernel/comm" && [ "$name" = linux.uml ] || continue
    caught=$(sed -n 's/^SigCgt:[[:space:]]*/0x/p' "/proc/$kernel/status")
    [ $((\${caught:-0} >> 13 & 1)) = 0 ] || kill -ALRM "$kernel"
  done 2>/dev/null
}
`

/**
 * The guest's kernel starts in the lab's namespace, which has its link to the bridge. The kernel ends at a reboot
 * (\`noreboot\`) and at a power-off, with the same status; the end of the console's log tells which it was. A killed
 * kernel leaves its folder behind, and then the next kernel would choose another name.
 */
const SCRIPT = `${WAKE}
root=$1 namespace=$2 link=$3 interface=$4 address=$5 mac=$6 cpu=$7 disk=$8 folder=$9
while :; do
  ip -netns "$namespace" link delete "$link" 2>/dev/null
  rm -rf "\${folder:?}/${GUEST}"
  set -e
  ip -netns "$namespace" tuntap add dev "$link" mode tap
  ip -netns "$namespace" link set "$link" master ${BRIDGE} up
  set +e
  wake "$folder/${GUEST}/pid" &
  waker=$!
  nsenter --net="/run/netns/$namespace" taskset --cpu-list "$cpu" linux.uml mem=${MEMORY} \\
    root=/dev/root rootfstype=hostfs rootflags="$root" ro init=${guestInit} ubd0="$disk" \\
    umid=${GUEST} uml_dir="$folder" noreboot panic=-1 con0=null,fd:1 con=null ssl=null \\
    "vec0:transport=tap,ifname=$link,mac=$mac,depth=128,gro=0" haq_interface="$interface" haq_address="$address"
  kill "$waker"
  wait "$waker" 2>/dev/null
  tail -n 5 "$log" | grep -aqE 'reboot: Restarting system|sysrq: Resetting' || break
done
`

/**
 * A guest of user-mode Linux: it has a kernel of its own, with IPVS, in processes of the machine. It reads the prepared
 * root file system and writes to a disk, so that a power failure has the same effect as on a real host.
 *
 * Each guest stays on one processor, because this halves the time of its system calls.
 *
 * @see https://docs.kernel.org/virt/uml/user_mode_linux_howto_v2.html
 */
export const uml: Machine = {
  // A boot takes six seconds on an idle machine, and much longer when other guests use the same processors.
  bootDeadline: 300_000,
  ready: () => Promise.resolve(),
  layers: async progress => [await ensureKernelLayer(progress)],
  prepare: makeDisk,
  launch: ({ spec, subnet }: LabState, { name, address, interfaceName }: LabHost): Launch => {
    const paths = labPaths(spec.id).host(name)
    const cpu = spec.hosts.findIndex(host => host.name === name) % availableParallelism()
    const network = [linkName(address), interfaceName, `${address}/${subnet.prefixLength}`, linkAddress(address)]
    const values = [paths.root, labNames(spec.id).namespace, ...network, String(cpu), paths.disk, paths.guestFolder]
    return { script: SCRIPT, values, env: {} }
  },
  pidOf: async (group, { guestFolder }) => {
    const pid = Number(await readFile(join(guestFolder, GUEST, 'pid'), 'utf8').catch(() => ''))
    // A killed guest leaves the file behind.
    return (await processesIn(group)).includes(pid) ? pid : undefined
  },
  hasIpvs: () => Promise.resolve(true),
}

async function makeDisk({ disk }: HostPaths): Promise<void> {
  const fresh = `${disk}.new`
  if (await exists(disk)) return
  await rm(fresh, { force: true })
  await writeFile(fresh, '', { mode: 0o600 })
  await truncate(fresh, DISK_BYTES)
  await run('mkfs.ext4', ['-q', fresh], { doing: "making a host's disk" })
  await run('mv', [fresh, disk], { doing: "making a host's disk" })
}
