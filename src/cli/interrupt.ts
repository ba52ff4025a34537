import { exitStatus } from './exit.ts'

/** What Ctrl-C, or a TERM from outside, does to a run. */
export interface Interrupt {
  readonly signal: AbortSignal
  readonly stop: () => void
}

/** The first interrupt lets the steps in hand finish and starts no other; the second one leaves at once. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController()
  const handle = (): void => {
    // The terminal's own signal gave the user a way out; the file writes on the hosts are atomic.
    if (controller.signal.aborted) process.exit(exitStatus.interrupted)
    process.stderr.write('haq: interrupted: finishing the steps in hand; once more to leave at once\n')
    controller.abort()
  }
  process.on('SIGINT', handle).on('SIGTERM', handle)
  return { signal: controller.signal, stop: () => process.off('SIGINT', handle).off('SIGTERM', handle) }
}
