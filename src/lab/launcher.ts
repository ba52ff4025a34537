import { writeFile } from 'node:fs/promises'
import { execa } from 'execa'
import { BRIDGE } from './network.ts'
import { hostGroup, groupRoots } from './processes.ts'
import { labNames, labPaths } from './paths.ts'
import { SEARCH_PATH } from './run.ts'
import { linkAddress, linkName } from './subnet.ts'
import type { LabState } from './state.ts'
import type { LabHost } from './types.ts'

/** nspawn's exit status when the host asked for a reboot, under `--keep-unit`. */
const REBOOT = 133

/**
 * Runs for as long as the host does. Each boot gets a network namespace of its own with nothing in it but the link and
 * its address, so that what was set by hand is gone after a reboot, as on a real host. The namespace has a name so that
 * nspawn can be given it, and `labDown` find it.
 */
const LAUNCHER = `
root=$1 machine=$2 hostname=$3 bridge=$4 link=$5 interface=$6 address=$7 mac=$8 log=$9
shift 9
unified=$1
exec >>"$log" 2>&1
for group; do mkdir -p "$group" && echo $$ >"$group/cgroup.procs" || exit 1; done
while :; do
  ip netns delete "$machine" 2>/dev/null
  set -e
  ip netns add "$machine"
  ip -netns "$machine" link set lo up
  ip -netns "$bridge" link add "$link" type veth peer name "$interface" address "$mac" netns "$machine"
  ip -netns "$bridge" link set "$link" master ${BRIDGE} up
  ip -netns "$machine" address add "$address" broadcast + dev "$interface"
  ip -netns "$machine" link set "$interface" up
  set +e
  systemd-nspawn --quiet --directory="$root" --boot --register=no --keep-unit --settings=no \\
    --machine="$machine" --hostname="$hostname" --network-namespace-path="/run/netns/$machine" \\
    --capability=CAP_NET_ADMIN,CAP_NET_RAW --resolv-conf=off --timezone=off --link-journal=no
  status=$?
  [ $status -eq ${REBOOT} ] || break
done
# the host's processes outlive an nspawn that was killed
echo 1 >"$unified/cgroup.kill"
`

/** A host whose boot has been started. */
export interface Launched {
  /** Whether the launcher has ended, with whatever status. */
  hasEnded(): boolean
}

/**
 * Starts a host so that it outlives haq and its terminal.
 * @see systemd-nspawn(1)
 */
export async function launch(state: LabState, host: LabHost): Promise<Launched> {
  const { id } = state.spec
  const paths = labPaths(id).host(host.name)
  const names = labNames(id)
  const groups = (await groupRoots()).map(root => hostGroup(root, id, host.name))
  const address = `${host.address}/${state.subnet.prefixLength}`
  const machine = [paths.root, names.host(host.name), shortName(host.name)]
  const link = [names.namespace, linkName(host.address), host.interfaceName, address, linkAddress(host.address)]
  await writeFile(paths.consoleLog, '', { flag: 'a', mode: 0o600 })
  const values = [...machine, ...link, paths.consoleLog, ...groups]
  const launcher = execa('sh', ['-c', LAUNCHER, 'haq-lab-host', ...values], {
    detached: true,
    cleanup: false,
    reject: false,
    extendEnv: false,
    cwd: '/',
    env: {
      PATH: SEARCH_PATH,
      // hosts set sysctls below net/, and see one unified hierarchy also on a machine that has a hybrid one
      SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network',
      SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1',
    },
    stdio: 'ignore',
  })
  launcher.unref()
  let ended = false
  void launcher.then(() => (ended = true))
  return { hasEnded: () => ended }
}

/** Debian's installer makes the first label the host's name. */
export const shortName = (name: string): string => name.split('.')[0] ?? name
