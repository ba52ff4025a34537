import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, type Stats } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/**
 * A folder in the user's cache, which is made when it is missing. haq runs code from it, so nobody else may write to
 * it: they could run any code as the user.
 * @returns `undefined` when there is no safe folder; then nothing is cached
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
    // There is no home, it is not writable, or something else has this name.
    return undefined
  }
}

/** Removes files from a folder of the cache that are at least so many days old: all, or those that are chosen. */
export function removeOld(folder: string, days: number, choose: (found: Stats) => boolean = () => true): void {
  const oldest = Date.now() - days * 24 * 60 * 60 * 1000
  for (const path of readdirSync(folder).map(name => join(folder, name))) {
    // Another haq may remove files at the same time.
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (found && found.mtimeMs < oldest && choose(found)) rmSync(path, { force: true })
  }
}

function makePrivate(folder: string): boolean {
  make(folder)
  const found = lstatSync(folder)
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0
}

/** Not with `recursive`: where folders can't be made, as in /proc, Node would try for ever. */
function make(folder: string): void {
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 })
}
