import { BRIDGE, hasIpvs, loadIpvs } from '../network.ts'
import { labNames, labPaths } from '../paths.ts'
import { initOf } from '../processes.ts'
import { shortName } from '../spec.ts'
import { linkAddress, linkName } from '../subnet.ts'
import type { LabState } from '../state.ts'
import type { LabHost } from '../types.ts'
import type { Launch, Machine } from './machine.ts'

/** With `--keep-unit`, nspawn's exit status when the host reboots. */
const REBOOT = 133

/**
 * Each boot gets a new network namespace with only the link and its address. So manual changes of the network are lost
 * after a reboot, as on a real host. The namespace has a name for nspawn and for `labDown`. After a host was killed,
 * the kernel removes its link a moment after the namespace.
 */
const SCRIPT = `
root=$1 machine=$2 hostname=$3 bridge=$4 link=$5 interface=$6 address=$7 mac=$8
while :; do
  ip netns delete "$machine" 2>/dev/null
  ip -netns "$bridge" link delete "$link" 2>/dev/null
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
`

/** A container with a full systemd on the machine's own kernel. @see systemd-nspawn(1) */
export const nspawn: Machine = {
  // A boot takes about one second.
  bootDeadline: 90_000,
  // A host may not load modules itself.
  ready: loadIpvs,
  layers: () => Promise.resolve([]),
  prepare: () => Promise.resolve(),
  launch: ({ spec, subnet }: LabState, { name, address, interfaceName }: LabHost): Launch => {
    const names = labNames(spec.id)
    const machine = [labPaths(spec.id).host(name).root, names.host(name), shortName(name)]
    const network = [interfaceName, `${address}/${subnet.prefixLength}`, linkAddress(address)]
    return {
      script: SCRIPT,
      values: [...machine, names.namespace, linkName(address), ...network],
      env: {
        // hosts set sysctls below net/, and get a unified cgroup hierarchy also when the machine has a hybrid one
        SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network',
        SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1',
      },
    }
  },
  pidOf: initOf,
  hasIpvs,
}
