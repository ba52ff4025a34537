import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, type Stats } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/**
 * A folder of the user's cache for code that will be run from it, made when it is not there.
 * Whoever can write to such a folder can run what they like as the user, so it must be theirs alone.
 * @returns `undefined` where there is no such folder; then nothing is cached
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function cacheFolder(name: string): string | undefined {
  const { XDG_CACHE_HOME: given = '' } = process.env
  try {
    const home = isAbsolute(given) ? given : join(homedir(), '.cache')
    const own = join(home, 'haq')
    make(home)
    return makePrivate(own) && makePrivate(join(own, name)) ? join(own, name) : undefined
  } catch {
    // No home, one that can't be written, or something else of that name.
    return undefined
  }
}

/** Removes what was put into a folder of the cache so many days ago or earlier: all of it, or what is chosen. */
export function removeOld(folder: string, days: number, choose: (found: Stats) => boolean = () => true): void {
  const oldest = Date.now() - days * 24 * 60 * 60 * 1000
  for (const path of readdirSync(folder).map(name => join(folder, name))) {
    // Another haq may be at it too.
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (found && found.mtimeMs < oldest && choose(found)) rmSync(path, { force: true })
  }
}

function makePrivate(folder: string): boolean {
  make(folder)
  const found = lstatSync(folder)
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0
}

/** Not with all above it: where nothing can be made, as in /proc, Node would try for ever. */
function make(folder: string): void {
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 })
}
