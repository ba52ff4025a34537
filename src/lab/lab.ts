import { LabError } from '../core/errors.ts'
import { removeRemains } from './down.ts'
import { bootHost, cutPower, hostPid, prepareHost } from './host.ts'
import { ensureImage } from './image.ts'
import { withFolderLock } from './lock.ts'
import { machineOf } from './machine/index.ts'
import { ensureNetwork, plugIn, unplug } from './network.ts'
import { labNames, labPaths } from './paths.ts'
import { requireLabPrograms, requireRoot } from './programs.ts'
import { requireHost } from './reach.ts'
import { checkSpec, mergeSpecs } from './spec.ts'
import { ensureKey, writeSshFiles } from './ssh.ts'
import { newState, readState, writeState, type LabState } from './state.ts'
import { fits, subnetOf } from './subnet.ts'
import type { LabHostStatus, LabSpec, LabStatus, Progress } from './types.ts'

/**
 * Starts a lab: builds a missing image, makes missing hosts, and boots hosts that aren't running. A lab that is already
 * in the wanted state is not changed.
 * @throws {LabError} the machine lacks something, the existing lab is a different one, or a host does not boot.
 */
export async function labUp(spec: LabSpec, progress: Progress): Promise<LabStatus> {
  checkSpec(spec)
  await requireLabPrograms(spec.kernel)
  // a conflict with the existing lab must be reported before an image is built
  const present = await readState(spec.id)
  if (present !== undefined) mergeSpecs(present.spec, spec)
  const layers = present?.layers ?? (await layersOf(spec, progress))
  return withFolderLock(labPaths(spec.id).folder, progress, async () => {
    const state = await settleState(spec, layers, progress)
    await ensureNetwork(spec.id, state.subnet, progress)
    await machineOf(spec.kernel).ready()
    await ensureKey(labPaths(spec.id).sshKey, labNames(spec.id).namespace)
    for (const host of state.spec.hosts) await prepareHost(state, host)
    await writeSshFiles(state)
    for (const host of state.spec.hosts) await plugIn(spec.id, host)
    await allOrError(state.spec.hosts.map(host => bootHost(state, host, 'booted', progress)))
    return statusOf(state)
  })
}

/** The lower layers of the hosts' root file systems, the topmost first. */
async function layersOf({ suite, kernel }: LabSpec, progress: Progress): Promise<readonly string[]> {
  return [...(await machineOf(kernel).layers(progress)), await ensureImage(suite, progress)]
}

/** The wanted state of the lab, saved before anything is made from it. */
async function settleState(spec: LabSpec, layers: readonly string[], progress: Progress): Promise<LabState> {
  const present = await readState(spec.id)
  if (present === undefined) {
    // remains of a lab with this id whose state was lost
    await removeRemains(spec.id)
    progress(`making lab ${spec.id} (${spec.suite}): ${spec.hosts.map(({ name }) => name).join(', ')}`)
  }
  const addresses = spec.hosts.map(({ address }) => address)
  const state =
    present === undefined
      ? newState(spec, subnetOf(addresses, spec.reserved ?? []), layers)
      : { ...present, spec: mergeSpecs(present.spec, spec) }
  const misfit = state.spec.hosts.find(({ address }) => !fits(state.subnet, address))
  if (misfit !== undefined) {
    throw new LabError(`${misfit.name} (${misfit.address}) does not fit into the network of the lab that is up`, {
      hint: 'haq lab down, then up again',
      host: misfit.name,
    })
  }
  await writeState(state)
  return state
}

/** Waits for all, so that no boot goes on afterwards, and then throws the first error. */
async function allOrError(works: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find(result => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/** A simulated failure of a host. `labMend` and `labUp` end it. */
export type Mishap = 'power' | 'network'

/**
 * Simulates a failure of hosts of a lab: they lose their power, or their network link.
 * @throws {LabError} the lab has no such host.
 */
export async function labBreak(status: LabStatus, names: readonly string[], mishap: Mishap): Promise<void> {
  requireRoot()
  const hosts = names.map(name => requireHost(status, name))
  await Promise.all(hosts.map(host => (mishap === 'power' ? cutPower(status, host.name) : unplug(status.id, host))))
}

/**
 * Gives hosts of a lab their power and their link back. Other hosts stay as they are. It does not wait for services,
 * because services may wait for the other hosts.
 * @throws {LabError} the lab has no such host, or a host does not boot.
 */
export async function labMend(status: LabStatus, names: readonly string[], progress: Progress): Promise<void> {
  requireRoot()
  const hosts = names.map(name => requireHost(status, name))
  const { id } = status
  await withFolderLock(labPaths(id).folder, progress, async () => {
    const state = await readState(id)
    if (state === undefined) return
    for (const host of hosts) await plugIn(id, host)
    await allOrError(hosts.map(host => bootHost(state, host, 'reached', progress)))
  })
}

/**
 * The present status of a lab; `undefined` when there is no such lab.
 * @throws {LabError} its state can't be understood.
 */
export async function labStatus(id: string): Promise<LabStatus | undefined> {
  requireRoot()
  const state = await readState(id)
  return state === undefined ? undefined : statusOf(state)
}

async function statusOf({ spec, subnet }: LabState): Promise<LabStatus> {
  const hosts = spec.hosts.map(async (host): Promise<LabHostStatus> => {
    const pid = await hostPid(spec, host.name)
    return { ...host, running: pid !== undefined, ...(pid === undefined ? {} : { pid }) }
  })
  return {
    id: spec.id,
    suite: spec.suite,
    kernel: spec.kernel,
    namespace: labNames(spec.id).namespace,
    ipvs: await machineOf(spec.kernel).hasIpvs(),
    ...subnet,
    hosts: await Promise.all(hosts),
  }
}
