import { mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { aptOptions, aptSources } from './apt-sources.ts'
import { ensureCached } from './cached.ts'
import { imageName, recipeArguments } from './image-recipe.ts'
import { imagesFolder } from './paths.ts'
import { run } from './run.ts'
import type { LabSuite, Progress } from './types.ts'

/** Prefix of an image that is being built, or whose build was killed. */
const PARTIAL = '.partial-'

/**
 * The root file system of a suite's image. It is built when it is not in the cache (about 30 s).
 * @throws {LabError} the machine's apt sources name no mirror, or mmdebstrap failed.
 * @see mmdebstrap(1)
 */
export async function ensureImage(suite: LabSuite, progress: Progress): Promise<string> {
  return ensureCached(imageName(suite), progress, async image => {
    await removePartial()
    await build(suite, image, progress)
  })
}

async function removePartial(): Promise<void> {
  const stale = (await readdir(imagesFolder())).filter(entry => entry.startsWith(PARTIAL))
  for (const entry of stale) {
    await run('rm', ['-rf', '--one-file-system', join(imagesFolder(), entry)], { doing: 'removing a half-built image' })
  }
}

async function build(suite: LabSuite, image: string, progress: Progress): Promise<void> {
  progress(`building the image of ${suite} with mmdebstrap, about 30 s; it is kept for the next lab`)
  const partial = join(imagesFolder(), `${PARTIAL}${imageName(suite)}`)
  // apt's own user must have access to the packages that it downloads
  await mkdir(partial, { mode: 0o755 })
  const [options, sources] = await Promise.all([aptOptions(), aptSources(suite)])
  const mmdebstrap = [
    'mmdebstrap',
    ...options.map(option => `--aptopt=${option}`),
    ...recipeArguments(suite),
    join(partial, 'rootfs'),
    ...sources,
  ]
  // when haq dies, the builder, its children and its mounts go with it
  const contained = ['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  await run('setpriv', [...contained, ...mmdebstrap], { doing: `building the image of ${suite}` })
  await rename(join(partial, 'rootfs'), image)
  await removePartial()
}
