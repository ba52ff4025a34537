import type { RunEvent } from '../engine/events.ts'
import { jsonLines } from './json.ts'
import { withOldShown } from './old-content.ts'
import { plainLines } from './plain.ts'
import { printableValue } from './printable.ts'
import { screenOf } from './screen.ts'
import type { OutputKind, Reporter, ReportOptions } from './reporter.ts'
import { paintFor } from './style.ts'

/**
 * Makes the reporter for an output format.
 * @param stream the reporter writes to it; colour and the live tree need a terminal
 */
export async function makeReporter(
  kind: OutputKind,
  stream: NodeJS.WriteStream,
  options: ReportOptions,
): Promise<Reporter> {
  const write = (lines: readonly string[]): void => {
    if (lines.length > 0) stream.write(`${lines.join('\n')}\n`)
  }
  const shown = (event: RunEvent): RunEvent => (options.showOld ? withOldShown(event) : event)
  const text = { ...options, paint: paintFor(stream, process.env) }
  switch (kind) {
    case 'pretty': {
      // Loaded only here: the other formats draw nothing and do not need it.
      const { PrettyReport } = await import('./pretty.ts')
      const pretty = new PrettyReport(text, screenOf(stream, process.env))
      return { report: event => pretty.report(printableValue(shown(event))), done: () => pretty.done() }
    }
    case 'plain':
      return { report: event => write(plainLines(printableValue(shown(event)), text)), done: async () => {} }
    case 'json':
      return { report: event => write(jsonLines(shown(event), options)), done: async () => {} }
  }
}
