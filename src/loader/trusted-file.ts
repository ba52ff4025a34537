import { lstatSync, realpathSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Why a file of the control node must not be trusted: somebody else than the user and root could have written it, or could
 * put another file in its place. `undefined` where nobody could.
 */
export function whyNotTrusted(path: string): string | undefined {
  const file = realpathSync(path)
  const found = lstatSync(file)
  if (!isOurs(found)) return `${file} belongs to user ${found.uid}`
  if (isOpen(found)) return `others may write ${file}`
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const stats = lstatSync(folder)
    if (!isOurs(stats)) return `the folder ${folder} belongs to user ${stats.uid}`
    // In a sticky folder, as /tmp is, nobody can replace what is not theirs.
    if (isOpen(stats) && (stats.mode & 0o1000) === 0) return `others may write the folder ${folder}`
    if (folder === dirname(folder)) return undefined
  }
}

function isOurs({ uid }: Stats): boolean {
  return uid === 0 || uid === process.getuid?.()
}

/** A group's right to write counts only where the group is not the user's own. */
function isOpen({ mode, gid }: Stats): boolean {
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0 && gid !== process.getgid?.())
}
