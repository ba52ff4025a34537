import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Bench } from '../bench.ts'
import { endsWith, limit, program, requireNoop, timed } from '../command.ts'
import type { LoopbackSite } from '../loopback.ts'
import type { Subject, Work } from '../work.ts'

/** Many hosts with few tasks: most of the time goes to connecting. */
export const hosts100: Work = {
  key: 'hosts-100',
  summary: '100 loopback hosts (24 with --quick), 4 no-op tasks; the floor is `xargs -P ssh HOST true` at its best -P',
  figures: {
    seconds: {
      title: 'many loopback hosts, 4 no-op tasks',
      unit: 's',
      bars: { haq: '≤ 1.25 × floor', ansible: '≥ 15 × haq' },
    },
  },
  rounds: [5, 2],
  prepare: async bench => {
    const loopback = await bench.loopback()
    const site = await loopback.site('hosts-100', bench.options.hosts ?? (bench.options.quick ? 24 : 100), 4)
    await site.converge()
    const ansible = await bench.ansible()
    return [
      await bestFloor(bench, site, ['ssh', '{}', 'true']),
      haqOn(bench, site),
      ...(ansible ? ansible.tasks(site) : []),
    ]
  },
}

/** Many hosts with twenty tasks each, also in a terminal, where progress is drawn. */
export const hosts500: Work = {
  key: 'hosts-500',
  summary: '500 loopback hosts, 20 no-op tasks; the floor is `xargs -P ssh HOST sh` with all fact scripts',
  figures: {
    seconds: { title: '500 loopback hosts, 20 no-op tasks', unit: 's', bars: { haq: '≤ 1.3 × floor' } },
    peak: {
      title: '500 loopback hosts, 20 no-op tasks: peak memory',
      unit: 'MB',
      bars: { haq: '≤ 250 MB', 'haq, pretty': '≤ 250 MB' },
    },
    drawn: { title: '500 loopback hosts, 20 no-op tasks: written', unit: 'MB' },
  },
  rounds: [5, 0],
  prepare: async bench => {
    const loopback = await bench.loopback()
    const site = await loopback.site('hosts-500', bench.options.hosts ?? 500, 20)
    await site.converge()
    const script = await site.factScript()
    const read = ['sh', '-c', `exec ssh "$0" sh <${script} >/dev/null`, '{}']
    return [await bestFloor(bench, site, read), haqOn(bench, site), haqInTerminal(bench, site)]
  },
}

/** The floor with the best number of parallel ssh processes. */
async function bestFloor(bench: Bench, site: LoopbackSite, words: readonly string[]): Promise<Subject> {
  const options = { cwd: site.folder, signal: bench.signal, env: site.loopback.env }
  const run = async (atATime: number): Promise<number> =>
    (await timed(['xargs', '-a', site.addresses, '-P', String(atATime), '-I{}', ...words], options)).seconds
  const tried: { readonly atATime: number; readonly seconds: number }[] = []
  for (const atATime of bench.options.quick ? [4, 16] : [2, 4, 8, 16, 32])
    tried.push({ atATime, seconds: await run(atATime) })
  const [best = { atATime: 8 }] = tried.toSorted((a, b) => a.seconds - b.seconds)
  const times = tried.map(({ atATime, seconds }) => `-P ${atATime} ${seconds.toFixed(1)} s`)
  bench.say(`  floor: ${times.join(', ')}; best is -P ${best.atATime}`)
  return { name: 'floor', measure: async () => ({ seconds: await run(best.atATime) }) }
}

/** haq in a script: plain lines to a pipe. */
function haqOn(bench: Bench, site: LoopbackSite): Subject {
  return {
    name: 'haq',
    measure: async () => {
      const peak = peakOf(site, 'plain')
      const options = { cwd: site.folder, signal: bench.signal, env: { ...site.loopback.env, ...peak.env } }
      const ended = await timed(site.haq(), options)
      await bench.forgetKept()
      requireNoop(ended, site.hosts, site.tasks)
      return { seconds: ended.seconds, peak: await peak.take(), drawn: ended.stdout.length / 1e6 }
    },
  }
}

/** The number of characters that are kept from the end of the terminal's output, enough for the recap of all hosts. */
const kept = 500_000

/** haq in a terminal of usual size, with script(1). */
function haqInTerminal(bench: Bench, site: LoopbackSite): Subject {
  return {
    name: 'haq, pretty',
    measure: async () => {
      const peak = peakOf(site, 'pretty')
      const command = `stty rows 50 cols 160; exec ${site.haq('--output', 'pretty').join(' ')}`
      const start = performance.now()
      const terminal = execa('script', ['-qec', command, '/dev/null'], {
        cwd: site.folder,
        env: { ...site.loopback.env, ...peak.env, TERM: 'xterm-256color', COLORTERM: '' },
        stdin: 'ignore',
        buffer: false,
        reject: false,
        detached: true,
      })
      const isLate = endsWith(terminal.pid, bench.signal)
      let stdout = ''
      let written = 0
      terminal.stdout.on('data', (chunk: Buffer) => {
        written += chunk.length
        stdout = `${stdout}${chunk.toString()}`.slice(-kept)
      })
      const { exitCode } = await terminal
      const seconds = (performance.now() - start) / 1000
      const late = isLate()
      await bench.forgetKept()
      bench.refuseWhenEnding()
      if (late) throw new Error(`haq in a terminal did not end within ${limit} s; it had written ${written} bytes`)
      if (exitCode !== 0) throw new Error(`haq in a terminal ended with ${exitCode}:\n${stdout.slice(-1500)}`)
      requireNoop({ stdout: stdout.replaceAll('\r', '') }, site.hosts, site.tasks)
      return { seconds, peak: await peak.take(), drawn: written / 1e6 }
    },
  }
}

/** An environment in which a program writes its peak memory to a file. */
function peakOf(site: LoopbackSite, name: string): { readonly env: NodeJS.ProcessEnv; take(): Promise<number> } {
  const path = join(site.folder, `peak-${name}`)
  const [, probe = ''] = program('peak')
  return {
    env: { NODE_OPTIONS: `--import=${probe}`, BENCH_PEAK: path },
    take: async () => {
      const kilobytes = (await readFile(path, 'utf8')).trim().split('\n').map(Number)
      await rm(path)
      return Math.max(...kilobytes) / 1024
    },
  }
}
