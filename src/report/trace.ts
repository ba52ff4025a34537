import type { RunEvent } from '../engine/events.ts'
import type { TextOptions } from './text.ts'

type TraceEvent = Extract<RunEvent, { event: 'connected' | 'script' }>

/**
 * What the shells did: with `-v` a line for each script, with `-vv` its text too, with `-vvv` also what it wrote on
 * standard error and how the host is reached. Standard output is only counted: it may hold what nobody called a secret.
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

/** A trace as a program gets it: as much of it as was asked for. */
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
