import { structuredPatch } from 'diff'
import type { Change } from '../core/step.ts'
import type { Paint } from './style.ts'

/** Lines of a diff beyond which only their number is said. */
const longest = 400

/** What a change does to a file: its attributes from and to, and the unified diff of its text. */
export function diffLines(change: Change, paint: Paint): readonly string[] {
  const attributes = (change.attributes ?? []).map(({ name, from, to }) => `${name} ${from} → ${to}`)
  return [...attributes, ...textLines(change, paint)]
}

function textLines({ what, from, to, diff }: Change, paint: Paint): readonly string[] {
  if (!diff) return []
  if (/\0/.test(diff.before + diff.after)) return [`binary: ${diff.before.length} → ${diff.after.length} bytes`]
  const { hunks } = structuredPatch(what, what, diff.before, diff.after, from, to, { context: 3 })
  const lines = hunks.flatMap(hunk => [
    paint('cyan', `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`),
    ...hunk.lines.map(line => paintLine(line, paint)),
  ])
  const rest = lines.length - longest
  return [
    paint('bold', `--- ${what} (${from})`),
    paint('bold', `+++ ${what} (${to})`),
    ...lines.slice(0, longest),
    ...(rest > 0 ? [`… and ${rest} lines more`] : []),
  ]
}

/** A range without lines stands after the line before it. @see diff(1), Detailed Unified */
function range(start: number, count: number): string {
  return `${count === 0 ? start - 1 : start},${count}`
}

function paintLine(line: string, paint: Paint): string {
  // A carriage return would draw the line over itself.
  const visible = line.replaceAll('\r', '␍')
  if (line.startsWith('+')) return paint('green', visible)
  return line.startsWith('-') ? paint('red', visible) : visible
}
