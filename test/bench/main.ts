import { writeFile } from 'node:fs/promises'
import { Bench } from './bench.ts'
import { parseOptions, usage, type BenchOptions } from './options.ts'
import { rowsOf, tableLines, type Row } from './table.ts'
import { inTurn, type Work } from './work.ts'
import { cluster, kept } from './works/cluster.ts'
import { converge } from './works/converge.ts'
import { engine } from './works/engine.ts'
import { hosts100, hosts500 } from './works/hosts.ts'
import { latency } from './works/latency.ts'
import { firstSsh, version } from './works/startup.ts'

const works: readonly Work[] = [version, firstSsh, latency, engine, cluster, kept, hosts100, hosts500, converge]

/** Runs the chosen works and prints the results. @returns the exit status */
async function run(options: BenchOptions): Promise<number> {
  const bench = await Bench.start(options)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => bench.stop())
  const rows: Row[] = []
  const notes: string[] = []
  try {
    for (const work of works) {
      const rounds = roundsOf(work, options)
      if (rounds === 0) continue
      bench.refuseWhenEnding()
      bench.say(`${work.key}: ${work.summary}`)
      try {
        const samples = await inTurn(bench, work, rounds)
        rows.push(...rowsOf(samples).map(row => ({ ...row, work: row.work + reduced(work, options) })))
        notes.push(
          ...samples.flatMap(({ subject, failure }) => (failure ? [`${work.key}, ${subject}: ${failure}`] : [])),
        )
      } catch (error) {
        bench.refuseWhenEnding()
        notes.push(`${work.key} is left out: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  } catch (error) {
    if (!bench.isEnding()) throw error
  } finally {
    if (bench.isEnding()) notes.push('interrupted: what is missing was not measured')
    await bench.end()
  }
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify({ rows }, null, 2)}\n`)
  process.stdout.write(`\n${tableLines(rows).join('\n')}\n${notes.map(note => `\n${note}\n`).join('')}`)
  return bench.signal.aborted ? 130 : 0
}

/** Notes about rows that differ from their titles. */
function reduced({ key }: Work, { hosts, quick }: BenchOptions): string {
  if (!key.startsWith('hosts-')) return ''
  return hosts === undefined ? (quick ? ' (fewer, --quick)' : '') : ` (--hosts ${hosts})`
}

function roundsOf({ key, rounds: [full, quick] }: Work, { only, quick: isQuick, runs }: BenchOptions): number {
  if (only.length > 0 && !only.includes(key)) return 0
  const own = isQuick && only.length === 0 ? quick : full
  return own === 0 ? 0 : (runs ?? (isQuick ? Math.max(quick, 1) : full))
}

try {
  const options = parseOptions(
    process.argv.slice(2),
    works.map(({ key }) => key),
  )
  if (options) process.exitCode = await run(options)
  else
    process.stdout.write(
      `${usage}\nWorks:\n${works.map(({ key, summary }) => `  ${key.padEnd(16)}  ${summary}`).join('\n')}\n`,
    )
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
