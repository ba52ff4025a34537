import { HaqError, PlaybookError } from '../core/errors.ts'
import { printable } from '../report/printable.ts'
import type { HostRecap } from '../engine/events.ts'

export const exitStatus = { converged: 0, usage: 1, changes: 2, failed: 2, unreachable: 4, interrupted: 130 } as const

/** The exit status for how the hosts ended: a failed and an unreachable one add up. */
export function statusOf(hosts: Readonly<Record<string, HostRecap>>): number {
  const recaps = Object.values(hosts)
  const failed = recaps.some(recap => recap.failed > 0) ? exitStatus.failed : 0
  const unreachable = recaps.some(recap => recap.unreachable > 0) ? exitStatus.unreachable : 0
  return failed + unreachable
}

/** The exit status of check mode; a detailed one says whether there is anything to do, and 1 for every error. */
export function checkStatusOf(hosts: Readonly<Record<string, HostRecap>>, detailed = false): number {
  const status = statusOf(hosts)
  if (!detailed) return status
  if (status !== exitStatus.converged) return exitStatus.usage
  const isToDo = Object.values(hosts).some(({ changed, pending }) => changed + pending > 0)
  return isToDo ? exitStatus.changes : exitStatus.converged
}

/** Says on standard error what went wrong and what to do; a stack only for what haq did not expect. */
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
