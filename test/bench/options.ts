import { parseArgs } from 'node:util'

/** The options of the benchmark's command line. */
export interface BenchOptions {
  /** Only haq and the floor, with fewer hosts and rounds. */
  readonly quick: boolean
  /** The file to which the rows are written as JSON. */
  readonly json: string | undefined
  /** The keys of the works to run; empty for all. */
  readonly only: readonly string[]
  /** The number of rounds of every work. */
  readonly runs: number | undefined
  /** The number of loopback hosts of every work. */
  readonly hosts: number | undefined
  /** The folder of a copy of Mitogen, which is then measured, too. */
  readonly mitogen: string | undefined
  /** Leave Ansible out. */
  readonly peers: boolean
}

/** The text of `--help`, without the list of works. */
export const usage = `npm run bench -- [options]

Runs haq, its peers and the floor in turn on the same hosts in the same state, and prints one table of medians.

  --quick           haq and the floor alone, smaller and fewer: under two minutes
  --only <works>    only these works, joined by commas; may be given again
  --runs <n>        rounds of every work (default: 5 and more, 3 with --quick)
  --hosts <n>       loopback hosts of hosts-100 and hosts-500, where the machine is small
  --json <file>     write the rows there too
  --mitogen <path>  a copy of Mitogen: Ansible is run with its strategy as well
  --no-peers        leave Ansible out
  -h, --help        show this help
`

/**
 * Reads the command line.
 * @returns `undefined` when help is asked for
 * @throws {Error} for an invalid option
 */
export function parseOptions(args: readonly string[], works: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string' },
      hosts: { type: 'string' },
      mitogen: { type: 'string' },
      peers: { type: 'boolean', default: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const only = values.only.flatMap(text => text.split(','))
  const strangers = only.filter(key => !works.includes(key))
  if (strangers.length > 0) throw new Error(`there is no work ${strangers.join(', ')}; there are: ${works.join(', ')}`)
  const { quick, json, mitogen, peers } = values
  const [runs, hosts] = [wholeNumber('--runs', values.runs), wholeNumber('--hosts', values.hosts)]
  return { quick, json, only, runs, hosts, mitogen, peers }
}

function wholeNumber(flag: string, text: string | undefined): number | undefined {
  const value = text === undefined ? undefined : Number(text)
  if (value === undefined || (Number.isInteger(value) && value >= 1)) return value
  throw new Error(`${flag} takes a whole number from 1, not ${text}`)
}
