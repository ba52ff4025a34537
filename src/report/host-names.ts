/** The output gives the number of hosts when there are more than this. */
export const fewHosts = 3

/** The names of hosts, with ranges such as `web[01-40]`, and with the number of hosts when they are many. */
export function hostNames(names: readonly string[]): string {
  const text = runsOf(names).map(runText).join(', ')
  return names.length > fewHosts ? `${text} (${names.length} hosts)` : text
}

/** Names that differ in one number only, which grows by one from name to name. */
interface NameRun {
  /** The first name, split into text and numbers. */
  readonly parts: readonly string[]
  last: readonly string[]
  /** The index of the part that grows; `undefined` while there is only one name. */
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

/** The index of the only part in which two names differ, if the second name has the next number there. */
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
