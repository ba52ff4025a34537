import type { BenchLab } from './bench-lab.ts'

/**
 * How haq is told to keep its connections for the next run, if this haq can; the one place that knows.
 * @returns words for `haq run`; `undefined` where it keeps none
 */
export async function keptWords(lab: BenchLab): Promise<readonly string[] | undefined> {
  const { stdout } = await lab.haq('run', '--help')
  const [flag] = /--keep\S*|--persist\S*/.exec(stdout) ?? []
  return flag === undefined ? undefined : [flag]
}

/** Words with which haq keeps no connections, for a haq that does so by itself. */
export async function coldWords(lab: BenchLab): Promise<readonly string[]> {
  const { stdout } = await lab.haq('run', '--help')
  const [flag] = /--no-(?:keep|persist)\S*/.exec(stdout) ?? []
  return flag === undefined ? [] : [flag]
}

/** Ends the connections that haq kept. */
export async function forgetKept(_lab: BenchLab): Promise<void> {}
