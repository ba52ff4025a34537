import { program, timed } from '../command.ts'
import type { Bench } from '../bench.ts'
import type { Measures, Work } from '../work.ts'

const tasks = 20

/** Time and memory of the engine alone: simulated hosts answer at once. */
export const engine: Work = {
  key: 'engine',
  summary: 'the engine alone: 1,000 to 10,000 simulated hosts (4,000 with --quick), 20 no-op tasks',
  figures: {
    cpu: { title: 'engine, most hosts: CPU of a host-task', unit: 'µs', bars: { haq: '≤ 25 µs' } },
    compile: { title: 'engine, most hosts: making the tasks, of it', unit: 'µs' },
    memory: { title: 'engine, most hosts: peak memory of a host', unit: 'KB', bars: { haq: '≤ 30 KB' } },
    held: { title: 'engine, most hosts: memory held at the recap, of a host', unit: 'KB', bars: { haq: '≤ 30 KB' } },
    cpuSlope: { title: 'engine: CPU of one more host, last half ÷ first half', unit: '×', bars: { haq: '0.8–1.2' } },
    heldSlope: {
      title: 'engine: memory of one more host, last half ÷ first half',
      unit: '×',
      bars: { haq: '0.8–1.2' },
    },
  },
  rounds: [5, 1],
  prepare: bench =>
    Promise.resolve([{ name: 'haq', measure: () => slopes(bench, 1000, bench.options.quick ? 4000 : 10_000) }]),
}

/** The output of programs/engine.ts. */
interface EngineRun {
  readonly compileMicroseconds: number
  readonly runMicroseconds: number
  readonly peakBytes: number
  readonly heldBytes: number
}

/** The cost of the last hosts relative to the first ones. The fixed cost of a process is in neither. */
async function slopes(bench: Bench, few: number, many: number): Promise<Measures> {
  const half = (few + many) / 2
  const [small, middle, large] = [await one(bench, few), await one(bench, half), await one(bench, many)]
  const slope = (of: (run: EngineRun) => number): number => (of(large) - of(middle)) / (of(middle) - of(small))
  return {
    cpu: cpuOf(large) / (many * tasks),
    compile: large.compileMicroseconds / (many * tasks),
    memory: large.peakBytes / 1024 / many,
    held: large.heldBytes / 1024 / many,
    // One round is not enough for these figures.
    ...(!bench.options.quick && { cpuSlope: slope(cpuOf), heldSlope: slope(({ heldBytes }) => heldBytes) }),
  }
}

const cpuOf = ({ compileMicroseconds, runMicroseconds }: EngineRun): number => compileMicroseconds + runMicroseconds

/** Each run is a new process, so that runs do not share memory. */
async function one(bench: Bench, hosts: number): Promise<EngineRun> {
  const [command = '', ...words] = program('engine')
  const run = [command, '--expose-gc', ...words, String(hosts), String(tasks)]
  const { stdout } = await timed(run, { cwd: bench.folder, signal: bench.signal })
  return JSON.parse(stdout) as EngineRun
}
