import { readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { LabError } from '../core/errors.ts'
import { mountPoints } from './mounts.ts'
import { labNames } from './paths.ts'

/** Milliseconds between two checks of a condition that has to be polled. */
const POLL_INTERVAL = 50

/** Kills a process, if it is still running. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Waits until the condition holds; false when the deadline (milliseconds) passed first. */
export async function until(condition: () => Promise<boolean>, deadline: number): Promise<boolean> {
  const end = performance.now() + deadline
  while (!(await condition())) {
    if (performance.now() > end) return false
    await delay(POLL_INTERVAL)
  }
  return true
}

/** The control group of a lab. It contains all processes of the lab, also forked ones, and no others. */
export const labGroup = (root: string, id: string): string => join(root, labNames(id).namespace)
export const hostGroup = (root: string, id: string, name: string): string => join(labGroup(root, id), `host-${name}`)

/**
 * The roots of control groups: the unified hierarchy first, and on a hybrid machine also systemd's of version 1.
 * @throws {LabError} no unified hierarchy is mounted.
 * @see cgroups(7)
 */
export async function groupRoots(): Promise<readonly [string, ...string[]]> {
  const mounts = await mountPoints()
  const unified = mounts.find(mount => mount.type === 'cgroup2')
  if (unified === undefined)
    throw new LabError('the lab needs control groups of version 2 (cgroup2), and none are mounted')
  const named = mounts.filter(mount => mount.type === 'cgroup' && mount.options.includes('name=systemd'))
  return [unified.path, ...named.map(mount => mount.path)]
}

/** All processes in the group and below it; empty when there is no such group. */
export async function processesIn(group: string): Promise<readonly number[]> {
  const listed = await readFile(join(group, 'cgroup.procs'), 'utf8').catch(() => '')
  const own = listed.split('\n').filter(Boolean).map(Number)
  const below = await Promise.all((await subgroups(group)).map(processesIn))
  return [...own, ...below.flat()]
}

async function subgroups(group: string): Promise<readonly string[]> {
  const entries = await readdir(group, { withFileTypes: true }).catch(() => [])
  return entries.filter(entry => entry.isDirectory()).map(entry => join(group, entry.name))
}

/** The process with number 1 in the host's process namespace. */
export async function initOf(group: string): Promise<number | undefined> {
  for (const pid of await processesIn(group)) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    if (/^NSpid:\t\d+\t1$/m.test(status)) return pid
  }
  return undefined
}

/**
 * Ends all processes of a host's group: first the host's process 1, so that nspawn cleans up, and then all others.
 */
export async function endGroup(group: string): Promise<void> {
  const isEmpty = async () => (await processesIn(group)).length === 0
  const init = await initOf(group)
  if (init !== undefined) {
    killProcess(init)
    if (await until(isEmpty, 3000)) return
  }
  if (await isEmpty()) return
  await writeFile(join(group, 'cgroup.kill'), '1')
  if (!(await until(isEmpty, 10_000))) {
    throw new LabError(`processes ${(await processesIn(group)).join(', ')} of the lab don't end`)
  }
}

/** Ends all processes of all hosts of a lab, and removes its groups. */
export async function endLabGroups(id: string): Promise<void> {
  const roots = await groupRoots()
  const hosts = await subgroups(labGroup(roots[0], id))
  await Promise.all(hosts.map(endGroup))
  await endGroup(labGroup(roots[0], id))
  for (const root of roots) await removeGroup(labGroup(root, id))
}

/** Removes an empty group and all groups below it, if it exists. */
async function removeGroup(group: string): Promise<void> {
  for (const below of await subgroups(group)) await removeGroup(below)
  await rmdir(group).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  })
}
