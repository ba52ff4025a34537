import { structuredPatch } from 'diff'
import type { Change } from '../core/step.ts'
import type { Paint } from './style.ts'

/** The most lines of a diff that are shown; of the others only the number is shown. */
const longest = 400

/** The lines that show a change of a file: each attribute before and after, and the unified diff of the text. */
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
