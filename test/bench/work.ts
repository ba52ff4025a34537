import type { Bench } from './bench.ts'

/** The unit of a figure. */
export type Unit = 's' | 'MB' | 'KB' | 'µs' | 'trips' | '×'

/** A figure that a work measures for each of its subjects. */
export interface Figure {
  readonly title: string
  readonly unit: Unit
  /** The target for each subject, as the table shows it. */
  readonly bars?: Readonly<Record<string, string>>
}

/** The measured values of one run, by the figures' keys. */
export type Measures = Readonly<Record<string, number>>

/** A measured program: `haq`, `floor`, `ansible`, `mitogen` or a variant of haq. */
export interface Subject {
  readonly name: string
  /** Runs the subject once. @throws when the run was wrong, for example a no-op that changed something */
  readonly measure: () => Promise<Measures>
}

/** One block of rows: several subjects that do the same work. */
export interface Work {
  /** The name for `--only`. */
  readonly key: string
  readonly summary: string
  readonly figures: Readonly<Record<string, Figure>>
  /**
   * The number of rounds, in which each subject runs once. The second number is for `--quick`; 0 leaves the work out.
   */
  readonly rounds: readonly [full: number, quick: number]
  /** The number of uncounted runs of each subject at the start, when a first run is slower than the others. */
  readonly warmUp?: number
  /** Prepares the hosts and the state that all subjects share. */
  readonly prepare: (bench: Bench) => Promise<readonly Subject[]>
}

/** All measured values of one subject. */
export interface Samples {
  readonly work: Work
  readonly subject: string
  readonly measures: readonly Measures[]
  /** Why the subject was stopped. */
  readonly failure?: string
}

/**
 * Runs the subjects in turn, so that other load on the machine affects all of them. A subject that fails is stopped,
 * and the others go on.
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
        // The values that were measured before the failure are kept.
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
