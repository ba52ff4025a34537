import { hostname, userInfo } from 'node:os'

/** The user who runs haq, and the control node. */
export function whoAndWhere(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    // The user has no entry in passwd, as in some containers.
    return `${process.getuid?.() ?? 'unknown'}@${hostname()}`
  }
}

/** The description of this run that another run prints when it waits for this run's lock. */
export function holderOf(playbookPath: string): string {
  const since = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  return `${whoAndWhere()}, pid ${process.pid}, since ${since}, playbook ${playbookPath}`
}
