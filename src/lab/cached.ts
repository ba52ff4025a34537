import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { withFolderLock } from './lock.ts'
import { imagesFolder } from './paths.ts'
import type { Progress } from './types.ts'

/** Whether a path exists and can be accessed. */
export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/**
 * A folder in the cache of images, which is built when it is missing.
 * @param build builds the folder atomically; no other haq builds one at the same time
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
