import type { Bench } from './bench.ts'

/** What a figure is measured in. */
export type Unit = 's' | 'MB' | 'KB' | 'µs' | 'trips' | '×'

/** Something that a work measures of each of its subjects. */
export interface Figure {
  readonly title: string
  readonly unit: Unit
  /** By subject: what is to be reached, as the table shows it. */
  readonly bars?: Readonly<Record<string, string>>
}

/** What one run came to, by the figures' keys. */
export type Measures = Readonly<Record<string, number>>

/** A contender: `haq`, `floor`, `ansible`, `mitogen` or one of haq's own variants. */
export interface Subject {
  readonly name: string
  /** Runs it once. @throws when the run was not what it should have been, such as a no-op that changed something */
  readonly measure: () => Promise<Measures>
}

/** One block of rows: several subjects doing the same work. */
export interface Work {
  /** For `--only`. */
  readonly key: string
  readonly summary: string
  readonly figures: Readonly<Record<string, Figure>>
  /** Rounds in which each subject runs once; the second number is that of `--quick`, 0 to leave it out there. */
  readonly rounds: readonly [full: number, quick: number]
  /** Runs of each subject ahead of those that count, where a first run is dearer than the others. */
  readonly warmUp?: number
  /** Makes the hosts and the state that all subjects share. */
  readonly prepare: (bench: Bench) => Promise<readonly Subject[]>
}

/** All that was measured of one subject. */
export interface Samples {
  readonly work: Work
  readonly subject: string
  readonly measures: readonly Measures[]
  /** Why it was stopped. */
  readonly failure?: string
}

/**
 * Runs the subjects in turn, so that what disturbs the machine disturbs all of them. One that fails is stopped, and the
 * others go on.
 */
export async function inTurn(bench: Bench, work: Work, rounds: number): Promise<readonly Samples[]> {
  const subjects = await work.prepare(bench)
  const measures = new Map<string, Measures[]>(subjects.map(({ name }) => [name, []]))
  const failures = new Map<string, string>()
  const warmUp = work.warmUp ?? 0
  for (let round = -warmUp; round < rounds; round++)
    for (const { name, measure } of subjects) {
      if (bench.isEnding() || failures.has(name)) continue
      try {
        const measured = await measure()
        if (round >= 0) measures.get(name)?.push(measured)
        const values = Object.entries(measured).map(([key, value]) => `${key} ${value.toPrecision(4)}`)
        bench.say(`  ${round < 0 ? 'warm-up' : `round ${round + 1}/${rounds}`}  ${name}: ${values.join(', ')}`)
      } catch (error) {
        // What was measured until then is not lost.
        if (bench.isEnding()) break
        const failure = error instanceof Error ? error.message : String(error)
        failures.set(name, failure)
        bench.say(`  ${name} is stopped: ${failure}`)
      }
    }
  return subjects.map(({ name }) => {
    const failure = failures.get(name)
    return { work, subject: name, measures: measures.get(name) ?? [], ...(failure !== undefined && { failure }) }
  })
}
