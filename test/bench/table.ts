import type { Figure, Samples, Unit } from './work.ts'

/** One line of the table, and one object of `--json`. Figures other than times have a unit. */
export interface Row {
  readonly work: string
  readonly subject: string
  readonly runs: number
  readonly median: number
  readonly min: number
  readonly max: number
  readonly ratioToFloor: number | null
  readonly ratioToHaq: number | null
  readonly unit?: Unit
  readonly bar?: string
}

/** The median of some numbers. */
function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

/** The rows of one work, grouped by figure, in the order of the subjects. */
export function rowsOf(samples: readonly Samples[]): readonly Row[] {
  const figures: readonly (readonly [string, Figure])[] = Object.entries(samples[0]?.work.figures ?? {})
  return figures.flatMap(([key, figure]) => {
    const valuesOf = (one: Samples): readonly number[] => one.measures.flatMap(measures => measures[key] ?? [])
    const medianFor = (subject: string): number | undefined => {
      const values = samples.filter(one => one.subject === subject).flatMap(valuesOf)
      return values.length > 0 ? medianOf(values) : undefined
    }
    const [floor, haq] = [medianFor('floor'), medianFor('haq')]
    return samples.flatMap((one): readonly Row[] => {
      const values = valuesOf(one)
      if (values.length === 0) return []
      const median = medianOf(values)
      const bar = figure.bars?.[one.subject]
      return [
        {
          work: figure.title,
          subject: one.subject,
          runs: values.length,
          median,
          min: Math.min(...values),
          max: Math.max(...values),
          ratioToFloor: ratio(median, floor),
          ratioToHaq: ratio(median, haq),
          ...(figure.unit !== 's' && { unit: figure.unit }),
          ...(bar !== undefined && { bar }),
        },
      ]
    })
  })
}

function ratio(value: number, base: number | undefined): number | null {
  return base === undefined || base === 0 ? null : value / base
}

const headings = ['work', 'subject', 'runs', 'median', 'min–max', '÷ floor', '÷ haq', 'bar'] as const

/** The table as padded text. The title of a work is in its first row. */
export function tableLines(rows: readonly Row[]): readonly string[] {
  const cells = rows.map((row, i) => [
    row.work === rows[i - 1]?.work ? '' : row.work,
    row.subject,
    String(row.runs),
    `${numberText(row.median)} ${row.unit ?? 's'}`,
    `${numberText(row.min)}–${numberText(row.max)}`,
    row.ratioToFloor === null || row.subject === 'floor' ? '' : row.ratioToFloor.toFixed(2),
    row.ratioToHaq === null || row.subject === 'haq' || row.subject === 'floor' ? '' : row.ratioToHaq.toFixed(2),
    row.bar ?? '',
  ])
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map(line => line[column]?.length ?? 0)),
  )
  const numeric = new Set([2, 3, 4, 5, 6])
  const line = (words: readonly string[]): string =>
    words
      .map((word, column) =>
        numeric.has(column) ? word.padStart(widths[column] ?? 0) : word.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return [line(headings), line(widths.map(width => '─'.repeat(width))), ...cells.map(line)]
}

function numberText(value: number): string {
  const size = Math.abs(value)
  return size >= 100
    ? value.toFixed(0)
    : size >= 10
      ? value.toFixed(1)
      : size >= 1
        ? value.toFixed(2)
        : value.toFixed(3)
}
