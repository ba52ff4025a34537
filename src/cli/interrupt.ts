import { exitStatus } from './exit.ts'

/** The effect of Ctrl-C, of SIGTERM, and of a closed terminal on a run. */
export interface Interrupt {
  readonly signal: AbortSignal
  readonly stop: () => void
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The first interrupt lets the current steps finish and starts no others; the second one exits at once. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController()
  const handle = (): void => {
    // It is safe to exit at once: hosts write files atomically.
    if (controller.signal.aborted) process.exit(exitStatus.interrupted)
    process.stderr.write('haq: interrupted: finishing the current steps; press Ctrl-C again to exit at once\n')
    controller.abort()
  }
  for (const signal of signals) process.on(signal, handle)
  const stop = (): void => {
    for (const signal of signals) process.off(signal, handle)
  }
  return { signal: controller.signal, stop }
}
