import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { requireChange, requireNoop, timed, type Ended } from '../command.ts'
import type { LoopbackSite } from '../loopback.ts'
import type { Measures, Subject, Work } from '../work.ts'

/** Milliseconds of the delayed round trip. */
const roundTrip = 100

/** The number of round trips to a distant host. */
export const latency: Work = {
  key: 'latency',
  summary: 'one host through a ProxyCommand that delays by a 100 ms round trip; the floor is `ssh HOST true`',
  figures: {
    waited: {
      title: 'what a 100 ms round trip adds to the wall time',
      unit: 'trips',
      bars: { haq: '≤ floor + 2', 'haq, 50 tasks': '≤ floor + 2' },
    },
    wire: {
      title: 'round trips on the wire, handshake and goodbye included',
      unit: 'trips',
      bars: { haq: '≤ floor + 1, + 1 to end', 'haq, 50 tasks': '≤ floor + 1, + 1 to end' },
    },
    change: { title: 'round trips on the wire of a changed task', unit: 'trips', bars: { 'haq, 5 changes': '≤ 2' } },
  },
  rounds: [5, 3],
  prepare: async bench => {
    const loopback = await bench.loopback()
    const few = await loopback.site('latency-5', 1, 5)
    const many = await loopback.site('latency-50', 1, 50)
    const changing = await loopback.site('latency-changes', 1, 7)
    for (const site of [few, many, changing]) await site.converge()
    return [
      slow(bench, few, 'floor', ['ssh', '127.1.0.1', 'true'], () => {}),
      slow(bench, few, 'haq', few.haq(), ended => requireNoop(ended, 1, 5)),
      slow(bench, many, 'haq, 50 tasks', many.haq(), ended => requireNoop(ended, 1, 50)),
      changes(bench, changing, 5),
    ]
  },
}

function slow(
  bench: Bench,
  site: LoopbackSite,
  name: string,
  words: readonly string[],
  check: (ended: Ended) => void,
): Subject {
  return {
    name,
    measure: async () => {
      const near = await through(bench, site, words, 0)
      const far = await through(bench, site, words, roundTrip / 2)
      for (const { ended } of [near, far]) check(ended)
      return { waited: ((far.ended.seconds - near.ended.seconds) * 1000) / roundTrip, wire: far.trips }
    },
  }
}

/** Tasks that all change something: the cost of each further task. */
function changes(bench: Bench, site: LoopbackSite, count: number): Subject {
  const run = async (fresh: number): Promise<number> => {
    const words = site.haq('-e', `fresh=${fresh}`, '-e', `token=${randomUUID()}`)
    const { ended, trips } = await through(bench, site, words, roundTrip / 2)
    requireChange(ended, 1)
    await site.converge()
    return trips
  }
  return {
    name: `haq, ${count} changes`,
    measure: async (): Promise<Measures> => {
      const [one, many] = [await run(1), await run(count)]
      return { wire: many, change: (many - one) / (count - 1) }
    },
  }
}

/** Runs a command through the proxy, with a delay in each direction. */
async function through(
  bench: Bench,
  site: LoopbackSite,
  words: readonly string[],
  delay: number,
): Promise<{ readonly ended: Ended; readonly trips: number }> {
  const counted = join(site.folder, 'trips')
  const env = { ...site.loopback.slowEnv, BENCH_DELAY: String(delay), BENCH_TRIPS: counted }
  const ended = await timed(words, { cwd: site.folder, signal: bench.signal, env })
  await bench.forgetKept()
  const trips = (await readFile(counted, 'utf8')).length
  await rm(counted)
  return { ended, trips }
}
