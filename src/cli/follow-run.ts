import type { PlaybookRun } from '../program/playbook-run.ts'
import type { Reporter } from '../report/reporter.ts'
import { onInterrupt } from './interrupt.ts'

/**
 * Reports the events of a run until its end. Ctrl-C interrupts the run.
 * @param end turns the result into the exit status; a first Ctrl-C does not stop it
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
