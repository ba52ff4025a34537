import { HaqError, PlaybookError } from '../core/errors.ts'
import { printable } from '../report/printable.ts'
import type { HostRecap } from '../engine/events.ts'

export const exitStatus = { converged: 0, usage: 1, changes: 2, failed: 2, unreachable: 4, interrupted: 130 } as const

/** The exit status for the results of the hosts: 2 for a failed host plus 4 for an unreachable one. */
export function statusOf(hosts: Readonly<Record<string, HostRecap>>): number {
  const recaps = Object.values(hosts)
  const failed = recaps.some(recap => recap.failed > 0) ? exitStatus.failed : 0
  const unreachable = recaps.some(recap => recap.unreachable > 0) ? exitStatus.unreachable : 0
  return failed + unreachable
}

/** The exit status of check mode. With `detailed` it is 2 when something would change, and 1 for every error. */
export function checkStatusOf(hosts: Readonly<Record<string, HostRecap>>, detailed = false): number {
  const status = statusOf(hosts)
  if (!detailed) return status
  if (status !== exitStatus.converged) return exitStatus.usage
  const isChange = Object.values(hosts).some(({ changed, pending }) => changed + pending > 0)
  return isChange ? exitStatus.changes : exitStatus.converged
}

/** Prints an error and its hint on standard error; a stack only for an unexpected error. */
export function printError(error: unknown): void {
  if (error instanceof HaqError) {
    process.stderr.write(printable(`haq: ${error.message}\n${error.hint ? `hint: ${error.hint}\n` : ''}`))
  } else {
    const stack = error instanceof Error ? error.stack : String(error)
    process.stderr.write(printable(`haq: unexpected error, please report it\n${stack}\n`))
  }
}

/**
 * Ends the command where a promise fails that nobody awaits, as one of a playbook may: what it was to do is missing, and
 * what comes after may rely on it.
 */
export function endOnForgottenPromise(): void {
  process.on('unhandledRejection', (reason: unknown) => {
    const message = reason instanceof Error ? reason.message : String(reason)
    const place = reason instanceof Error ? reason.stack?.split('\n').find(line => /^\s+at /.test(line)) : undefined
    printError(
      new PlaybookError(`a promise that nobody awaits failed: ${message}`, { hint: place?.trim(), cause: reason }),
    )
    process.exit(exitStatus.usage)
  })
}
