import { readdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { withFolderLock } from './lock.ts'
import { unmountBelow } from './mounts.ts'
import { labNamespaces, removeNamespace } from './network.ts'
import { labNames, labPaths } from './paths.ts'
import { endLabGroups } from './processes.ts'
import { requireRoot } from './programs.ts'
import { run } from './run.ts'
import type { Progress } from './types.ts'

/** The places of nspawn's folder for each machine, which stays when nspawn is killed. */
const NSPAWN_FOLDERS = ['/run/systemd/nspawn/propagate', '/run/systemd/nspawn/unix-export']

/**
 * Removes a lab completely, whatever its state. Does nothing when there is no such lab.
 * @throws {LabError} a part of the lab can't be removed.
 */
export async function labDown(id: string, progress: Progress): Promise<void> {
  requireRoot()
  await withFolderLock(labPaths(id).folder, progress, async () => {
    await removeRemains(id)
    await rmdir(labPaths(id).folder)
  })
  progress(`lab ${id} is down`)
}

/** Removes everything with the lab's names, except its folder, which is locked. It works without the lab's state. */
export async function removeRemains(id: string): Promise<void> {
  const { folder } = labPaths(id)
  await endLabGroups(id)
  for (const namespace of await labNamespaces(id)) await removeNamespace(namespace)
  await unmountBelow(folder)
  await removeTrees(NSPAWN_FOLDERS, entry => entry.startsWith(labNames(id).hostPrefix))
  await removeTrees([folder], () => true)
}

async function removeTrees(folders: readonly string[], isMeant: (entry: string) => boolean): Promise<void> {
  for (const folder of folders) {
    const entries = (await readdir(folder).catch(() => [])).filter(isMeant).map(entry => join(folder, entry))
    // files below a remaining mount must not be removed
    await run('rm', ['-rf', '--one-file-system', '--', ...entries], { doing: 'removing what a lab left' })
  }
}
