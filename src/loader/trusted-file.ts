import { lstatSync, realpathSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Why a file on the control node must not be trusted: somebody other than the user and root may be able to write or
 * replace it. `undefined` when nobody else can.
 */
export function whyNotTrusted(path: string): string | undefined {
  const file = realpathSync(path)
  const found = lstatSync(file)
  if (!isOurs(found)) return `${file} belongs to user ${found.uid}`
  if (isOpen(found)) return `others may write ${file}`
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const stats = lstatSync(folder)
    if (!isOurs(stats)) return `the folder ${folder} belongs to user ${stats.uid}`
    // In a sticky folder, such as /tmp, nobody can replace files of others.
    if (isOpen(stats) && (stats.mode & 0o1000) === 0) return `others may write the folder ${folder}`
    if (folder === dirname(folder)) return undefined
  }
}

function isOurs({ uid }: Stats): boolean {
  return uid === 0 || uid === process.getuid?.()
}

/** Whether others can write. Write permission of the user's own group does not count. */
function isOpen({ mode, gid }: Stats): boolean {
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0 && gid !== process.getgid?.())
}
