import { structuredPatch } from 'diff'
import type { Change } from '../core/step.ts'
import type { Paint } from './style.ts'

/** The most lines of a diff that are shown; of the others only the number is shown. */
const longest = 400

/**
 * What a change does to a file: its attributes from and to, and the unified diff of its text.
 * @param showOld whether `--show-old` was given; left out where it can't be
 */
export function diffLines(change: Change, paint: Paint, showOld?: boolean): readonly string[] {
  const attributes = (change.attributes ?? []).map(({ name, from, to }) => `${name} ${from} → ${to}`)
  return [...attributes, ...textLines(change, paint, showOld)]
}

function textLines({ what, from, to, diff }: Change, paint: Paint, showOld?: boolean): readonly string[] {
  if (!diff) return []
  const [before, after] = [String(diff.before), String(diff.after)]
  if (/\0/.test(before + after)) return [`binary: ${before.length} → ${after.length} bytes`]
  const { hunks } = structuredPatch(what, what, before, after, from, to, { context: 3 })
  const lines = hunks.flatMap(hunk => [
    paint('cyan', `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`),
    ...hunk.lines.map(line => paintLine(line, paint)),
  ])
  const rest = lines.length - longest
  return [
    paint('bold', `--- ${what} (${from})`),
    paint('bold', `+++ ${what} (${to})`),
    ...(diff.hidden
      ? [paint('cyan', `old content hidden${showOld === undefined ? '' : ', --show-old shows it'}`)]
      : []),
    ...lines.slice(0, longest),
    ...(rest > 0 ? [`… and ${rest} more lines`] : []),
  ]
}

/** The range in the head of a hunk. An empty range names the line before it. @see diff(1), Detailed Unified */
function range(start: number, count: number): string {
  return `${count === 0 ? start - 1 : start},${count}`
}

function paintLine(line: string, paint: Paint): string {
  // A carriage return would make the terminal overwrite the start of the line.
  const visible = line.replaceAll('\r', '␍')
  if (line.startsWith('+')) return paint('green', visible)
  return line.startsWith('-') ? paint('red', visible) : visible
}
