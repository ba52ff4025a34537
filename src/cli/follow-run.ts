import type { PlaybookRun } from '../program/playbook-run.ts'
import type { Reporter } from '../report/reporter.ts'
import { onInterrupt } from './interrupt.ts'

/**
 * Reports a run until it has ended, with Ctrl-C as its signal.
 * @param end turns the result into the exit status; an interrupt meanwhile does not leave it half-way
 * @returns the exit status
 */
export async function followRun<Result>(
  reporter: Reporter,
  start: (signal: AbortSignal) => PlaybookRun<Result>,
  end: (result: Result) => number | Promise<number>,
): Promise<number> {
  const interrupt = onInterrupt()
  try {
    const run = start(interrupt.signal)
    for await (const event of run) reporter.report(event)
    const result = await run.result
    await reporter.done()
    return await end(result)
  } finally {
    interrupt.stop()
  }
}
