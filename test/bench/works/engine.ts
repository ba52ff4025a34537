import { program, timed } from '../command.ts'
import type { Bench } from '../bench.ts'
import type { Measures, Work } from '../work.ts'

const tasks = 20

/** What the engine costs where nothing else does: simulated hosts that answer at once. */
export const engine: Work = {
  key: 'engine',
  summary: 'the engine alone: 1,000 and 10,000 simulated hosts (4,000 with --quick), 20 no-op tasks',
  figures: {
    cpu: { title: 'engine, most hosts: CPU of a host-task', unit: 'µs', bars: { haq: '≤ 25 µs' } },
    compile: { title: 'engine, most hosts: making the tasks, of it', unit: 'µs' },
    memory: { title: 'engine, most hosts: peak memory of a host', unit: 'KB', bars: { haq: '≤ 30 KB' } },
    held: { title: 'engine, most hosts: memory held at the recap, of a host', unit: 'KB', bars: { haq: '≤ 30 KB' } },
    cpuSlope: { title: 'engine: CPU of a host-task, most hosts ÷ 1,000', unit: '×', bars: { haq: '0.8–1.2' } },
    heldSlope: { title: 'engine: memory held of a host, most hosts ÷ 1,000', unit: '×', bars: { haq: '0.8–1.2' } },
  },
  rounds: [5, 1],
  prepare: bench =>
    Promise.resolve([{ name: 'haq', measure: () => both(bench, 1000, bench.options.quick ? 4000 : 10_000) }]),
}

/** What programs/engine.ts prints. */
interface EngineRun {
  readonly compileMicroseconds: number
  readonly runMicroseconds: number
  readonly peakBytes: number
  readonly heldBytes: number
}

async function both(bench: Bench, few: number, many: number): Promise<Measures> {
  const small = await one(bench, few)
  const large = await one(bench, many)
  const cpuOf = ({ compileMicroseconds, runMicroseconds }: EngineRun, hosts: number): number =>
    (compileMicroseconds + runMicroseconds) / (hosts * tasks)
  return {
    cpu: cpuOf(large, many),
    compile: large.compileMicroseconds / (many * tasks),
    memory: large.peakBytes / 1024 / many,
    held: large.heldBytes / 1024 / many,
    cpuSlope: cpuOf(large, many) / cpuOf(small, few),
    heldSlope: large.heldBytes / many / (small.heldBytes / few),
  }
}

/** A process of its own, so that one run's memory is not another's. */
async function one(bench: Bench, hosts: number): Promise<EngineRun> {
  const [command = '', ...words] = program('engine')
  const run = [command, '--expose-gc', ...words, String(hosts), String(tasks)]
  const { stdout } = await timed(run, { cwd: bench.folder, signal: bench.signal })
  return JSON.parse(stdout) as EngineRun
}
