import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { withFolderLock } from './lock.ts'
import { imagesFolder } from './paths.ts'
import type { Progress } from './types.ts'

/** Whether there is something of the name, which may be looked at. */
export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/**
 * A folder of the cache of images, built when it is not there.
 * @param build makes it as a whole or not at all, while no other haq builds one
 * @returns its path
 */
export async function ensureCached(
  name: string,
  progress: Progress,
  build: (path: string) => Promise<void>,
): Promise<string> {
  const path = join(imagesFolder(), name)
  if (await exists(path)) return path
  await withFolderLock(imagesFolder(), progress, async () => {
    // another haq may have built it while this one waited for the lock
    if (!(await exists(path))) await build(path)
  })
  return path
}
