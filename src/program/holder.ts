import { hostname, userInfo } from 'node:os'

/** Who runs haq, and on which control node. */
export function whoAndWhere(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    // A user without an entry in passwd, as in a container.
    return `${process.getuid?.() ?? 'unknown'}@${hostname()}`
  }
}

/** This run, as another one that meets its locks is told of it. */
export function holderOf(playbookPath: string): string {
  const since = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  return `${whoAndWhere()}, pid ${process.pid}, since ${since}, playbook ${playbookPath}`
}
