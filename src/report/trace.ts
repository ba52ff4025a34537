import type { RunEvent } from '../engine/events.ts'
import type { TextOptions } from './text.ts'

type TraceEvent = Extract<RunEvent, { event: 'connected' | 'script' }>

/**
 * The lines that show the scripts of a run: with `-v` one line for each script, with `-vv` also its text, with `-vvv`
 * also its standard error and the command that connects to the host. Of standard output only the size is shown, because
 * it may hold secrets that nobody declared.
 */
export function traceLines(event: TraceEvent, { verbosity, paint }: TextOptions): readonly string[] {
  if (verbosity < 1) return []
  const duration = `${event.seconds.toFixed(3)}s`
  if (event.event === 'connected')
    return [
      paint('dim', `${event.host}  connected  ${duration}`),
      ...(verbosity < 3 ? [] : [paint('dim', `    by: ${event.argv.join(' ')}`)]),
    ]
  const { host, what, status, script, stdoutBytes, stderr } = event
  const ended = status === 0 ? '' : `  exit status ${status}`
  return [
    paint('dim', `${host}  ${what}  ${duration}${ended}`),
    ...(verbosity < 2 ? [] : indented(script).map(line => paint('dim', line))),
    ...(verbosity < 3 ? [] : [paint('dim', `    stdout: ${stdoutBytes} bytes`)]),
    ...(verbosity < 3 || stderr.trim() === '' ? [] : ['    stderr:', ...indented(stderr)]),
  ]
}

/** The same for JSON: the fields that the verbosity asks for. */
export function traceObject(event: TraceEvent, verbosity: number): object | undefined {
  if (verbosity < 1) return undefined
  if (event.event === 'connected') {
    const { argv, ...rest } = event
    return verbosity < 3 ? rest : { ...rest, argv }
  }
  const { script, stdoutBytes, stderr, ...rest } = event
  return { ...rest, ...(verbosity >= 2 && { script }), ...(verbosity >= 3 && { stdoutBytes, stderr }) }
}

function indented(text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map(line => `    | ${line}`)
}
