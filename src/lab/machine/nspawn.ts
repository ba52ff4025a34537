import { BRIDGE, hasIpvs, loadIpvs } from '../network.ts'
import { labNames, labPaths } from '../paths.ts'
import { initOf } from '../processes.ts'
import { shortName } from '../spec.ts'
import { linkAddress, linkName } from '../subnet.ts'
import type { LabState } from '../state.ts'
import type { LabHost } from '../types.ts'
import type { Launch, Machine } from './machine.ts'

/** nspawn's exit status when the host asked for a reboot, under `--keep-unit`. */
const REBOOT = 133

/**
 * Each boot gets a network namespace of its own with nothing in it but the link and its address, so that what was set by
 * hand is gone after a reboot, as on a real host. The namespace has a name so that nspawn can be given it, and `labDown`
 * find it. Of one that was killed the link goes with the namespace, but a moment later.
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
  // It takes about one second.
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
        // hosts set sysctls below net/, and see one unified hierarchy also on a machine that has a hybrid one
        SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network',
        SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1',
      },
    }
  },
  pidOf: initOf,
  hasIpvs,
}
