import { execa } from 'execa'
import { isIpvsLoaded } from './ipvs.ts'
import { labNames } from './paths.ts'
import { killProcess } from './processes.ts'
import { run, SEARCH_PATH } from './run.ts'
import { linkName, type Subnet } from './subnet.ts'
import type { LabHost, Progress } from './types.ts'

/** The bridge for all hosts of the lab. It is in the lab's namespace. */
export const BRIDGE = 'br0'

/** The client's interface, and the bridge's end of its link. */
const CLIENT_INTERFACE = 'eth0'
const CLIENT_LINK = 'client'

async function ip(doing: string, ...args: readonly string[]): Promise<string> {
  return run('ip', args, { doing })
}

/** Names of the machine's network namespaces. */
async function namespaces(): Promise<readonly string[]> {
  const listed = await ip('listing network namespaces', 'netns', 'list')
  return listed.split('\n').flatMap(line => line.split(' ')[0] || [])
}

/** The names of all namespaces of a lab; its state is not needed. */
export async function labNamespaces(id: string): Promise<readonly string[]> {
  const { namespace, clientNamespace, hostPrefix } = labNames(id)
  const mine = (name: string) => name === namespace || name === clientNamespace || name.startsWith(hostPrefix)
  return (await namespaces()).filter(mine)
}

/** Makes the namespace with the bridge, and the client's namespace with its link. */
export async function ensureNetwork(id: string, subnet: Subnet, progress: Progress): Promise<void> {
  const { namespace, clientNamespace } = labNames(id)
  const present = await namespaces()
  // the client's link is made last, so if it exists, everything exists
  if (present.includes(namespace) && (await isLinked(clientNamespace, present))) return
  progress(`making the network namespace ${namespace}`)
  for (const name of [namespace, clientNamespace]) await removeNamespace(name)
  const prefix = subnet.prefixLength
  const doing = 'making the network'
  await ip(doing, 'netns', 'add', namespace)
  const inBridge = (...args: readonly string[]) => ip(doing, '-netns', namespace, ...args)
  await inBridge('link', 'set', 'lo', 'up')
  // no snooping: VRRP's multicast must reach every host, and the lab has no querier
  await inBridge('link', 'add', BRIDGE, 'type', 'bridge', 'mcast_snooping', '0', 'forward_delay', '0')
  await inBridge('address', 'add', `${subnet.controlAddress}/${prefix}`, 'broadcast', '+', 'dev', BRIDGE)
  await inBridge('link', 'set', BRIDGE, 'up')

  await ip(doing, 'netns', 'add', clientNamespace)
  const inClient = (...args: readonly string[]) => ip(doing, '-netns', clientNamespace, ...args)
  await inClient('link', 'set', 'lo', 'up')
  const peer = ['peer', 'name', CLIENT_INTERFACE, 'netns', clientNamespace]
  await inBridge('link', 'add', CLIENT_LINK, 'type', 'veth', ...peer)
  await inBridge('link', 'set', CLIENT_LINK, 'master', BRIDGE, 'up')
  await inClient('address', 'add', `${subnet.clientAddress}/${prefix}`, 'broadcast', '+', 'dev', CLIENT_INTERFACE)
  await inClient('link', 'set', CLIENT_INTERFACE, 'up')
}

async function isLinked(clientNamespace: string, present: readonly string[]): Promise<boolean> {
  if (!present.includes(clientNamespace)) return false
  const links = await ip('looking at the client', '-netns', clientNamespace, '-brief', 'link', 'show', 'up')
  return links.includes(`${CLIENT_INTERFACE}@`)
}

/** Connects a host's link to the bridge again. A host without a link gets it when it boots. */
export async function plugIn(id: string, { address }: LabHost): Promise<void> {
  const { namespace } = labNames(id)
  const link = linkName(address)
  if (!(await hasLink(namespace, link))) return
  const plugged = ip('plugging a host in', '-netns', namespace, 'link', 'set', link, 'master', BRIDGE, 'up')
  await plugged.catch(async (error: unknown) => {
    // The link of a killed host disappears a moment later.
    if (await hasLink(namespace, link)) throw error
  })
}

async function hasLink(namespace: string, link: string): Promise<boolean> {
  const links = await ip('looking at the links', '-netns', namespace, '-brief', 'link', 'show')
  return links.split('\n').some(line => /^[^\s@]+/.exec(line)?.[0] === link)
}

/**
 * Disconnects a host's link at the bridge. The link stays up, because a guest of uml never recovers from a link down.
 */
export async function unplug(id: string, { address }: LabHost): Promise<void> {
  await ip('unplugging a host', '-netns', labNames(id).namespace, 'link', 'set', linkName(address), 'nomaster')
}

/**
 * Ends every process in the namespace (an ssh to a lab host, a client's program), and removes the namespace with all
 * its links.
 * @see ip-netns(8)
 */
export async function removeNamespace(name: string): Promise<void> {
  if (!(await namespaces()).includes(name)) return
  const pids = await ip('looking for processes in a namespace', 'netns', 'pids', name)
  for (const pid of pids.split(/\s+/).filter(Boolean).map(Number)) {
    if (pid !== process.pid) killProcess(pid)
  }
  await ip('removing a namespace', 'netns', 'delete', name)
}

/**
 * Whether the kernel has IPVS, which keepalived's `virtual_server` needs.
 * @see ipvsadm(8)
 */
export async function hasIpvs(): Promise<boolean> {
  if (await isIpvsLoaded()) return true
  return modprobe('--dry-run', 'ip_vs')
}

/** Loads IPVS where the kernel has it as a module: a host may not load modules itself. */
export async function loadIpvs(): Promise<void> {
  if (await hasIpvs()) await modprobe('ip_vs')
}

async function modprobe(...args: readonly string[]): Promise<boolean> {
  const { failed } = await execa('modprobe', ['--quiet', ...args], {
    env: { PATH: SEARCH_PATH },
    reject: false,
    stdio: 'ignore',
  })
  return !failed
}
