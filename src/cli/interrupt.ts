import { exitStatus } from './exit.ts'

/** What Ctrl-C, a TERM from outside, or a terminal that is closed does to a run. */
export interface Interrupt {
  readonly signal: AbortSignal
  readonly stop: () => void
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The first interrupt lets the steps in hand finish and starts no other; the second one leaves at once. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController()
  const handle = (): void => {
    // The terminal's own signal gave the user a way out; the file writes on the hosts are atomic.
    if (controller.signal.aborted) process.exit(exitStatus.interrupted)
    process.stderr.write('haq: interrupted: finishing the steps in hand; once more to leave at once\n')
    controller.abort()
  }
  for (const signal of signals) process.on(signal, handle)
  const stop = (): void => {
    for (const signal of signals) process.off(signal, handle)
  }
  return { signal: controller.signal, stop }
}
