import { styleText } from 'node:util'
import type { TaskStatus } from '../engine/events.ts'

type Format = Parameters<typeof styleText>[0]

/** Colours a text; without colour it returns the text unchanged. */
export type Paint = (format: Format, text: string) => string

/** Uses colour on a terminal only, unless the environment says otherwise. @see https://no-color.org */
export function paintFor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Paint {
  const wanted = env['FORCE_COLOR']
    ? !/^(0|false)$/.test(env['FORCE_COLOR'])
    : stream.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  // `validateStream` is off because Node would check another stream than this one.
  return wanted ? (format, text) => styleText(format, text, { validateStream: false }) : (_, text) => text
}

const formats: Readonly<Record<TaskStatus, Format>> = {
  ok: 'green',
  changed: 'yellow',
  failed: 'red',
  unreachable: 'magenta',
  skipped: 'cyan',
  pending: 'blue',
}

/** A text in the colour of a status. */
export function paintStatus(status: TaskStatus, text: string, paint: Paint): string {
  return paint(formats[status], text)
}

/** The status as a coloured word, padded so that all statuses have the same width. */
export function statusWord(status: TaskStatus, paint: Paint): string {
  return paintStatus(status, status.padEnd('unreachable'.length), paint)
}
