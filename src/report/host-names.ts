/** So many hosts are said by name where a number would do for more. */
export const fewHosts = 3

/** Hosts by name, numbers that follow each other as a range: `web[01-40], db`; with their number when they are many. */
export function hostNames(names: readonly string[]): string {
  const text = runsOf(names).map(runText).join(', ')
  return names.length > fewHosts ? `${text} (${names.length} hosts)` : text
}

/** Names that count up in one of their numbers. */
interface NameRun {
  /** Of the first name: text and numbers in turn. */
  readonly parts: readonly string[]
  last: readonly string[]
  /** Which part counts up; none while there is one name. */
  at?: number
}

function runsOf(names: readonly string[]): readonly NameRun[] {
  const runs: NameRun[] = []
  for (const name of names) {
    const parts = name.split(/(\d+)/)
    const run = runs.at(-1)
    const at = run && countedPart(run.last, parts)
    if (run && at !== undefined && (run.at ?? at) === at) {
      run.at = at
      run.last = parts
    } else runs.push({ parts, last: parts })
  }
  return runs
}

/** The only part in which two names differ, when it is a number and the next one. */
function countedPart(before: readonly string[], after: readonly string[]): number | undefined {
  if (before.length !== after.length) return undefined
  const [at, ...more] = after.flatMap((part, i) => (part === before[i] ? [] : [i]))
  if (at === undefined || at % 2 === 0 || more.length > 0) return undefined
  const number = before[at] ?? ''
  const next = String(Number(number) + 1).padStart(number.length, '0')
  return next === after[at] ? at : undefined
}

function runText({ parts, last, at }: NameRun): string {
  if (at === undefined) return parts.join('')
  if (Number(last[at]) === Number(parts[at]) + 1) return `${parts.join('')}, ${last.join('')}`
  return parts.map((part, i) => (i === at ? `[${part}-${last[i]}]` : part)).join('')
}
