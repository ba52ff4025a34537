#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Argument, Command, CommanderError, Option } from 'commander'
import {
  collect,
  detailedOption,
  diffOption,
  forksOption,
  inventoryOption,
  keepOption,
  lockTimeoutOption,
  outputLimitOption,
  outputOption,
  passwordOption,
  playbookOptions,
  showOldOption,
  verboseOption,
} from './command-options.ts'
import { loadScript } from '../loader/cached-script.ts'
import type * as commands from './commands.ts'
import { endOnForgottenPromise, exitStatus, printError } from './exit.ts'

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** Performs a command. Its code is loaded only after the command line was found valid. */
const perform =
  (name: commands.CommandName) =>
  async (...words: readonly unknown[]): Promise<void> => {
    // The build bundles commands.ts and all its imports into this file.
    const file = fileURLToPath(new URL('./commands.cjs', import.meta.url))
    // Each command has its own cache: commands need different parts of haq, and a small cache loads faster.
    const { exports, keep } = loadScript(file, name)
    process.exitCode = await (exports as typeof commands).perform(name, words)
    // A refused command line did not use all the code of the command, so the cache would be incomplete.
    if (process.exitCode !== exitStatus.usage) keep()
  }

// The reader of the output may go away (`| head`, a closed terminal). The run goes on, so that no step ends half-way.
let isReported = false
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A full disk does not end a run, either: the journal and the exit status show the result.
    if (stream === process.stdout && error.code !== 'EPIPE' && error.code !== 'EIO' && !isReported) {
      isReported = true
      process.stderr.write(`haq: standard output can't be written: ${error.message}\n`)
    }
  })

const program = new Command('haq')
  .description('Agentless, idempotent task runner: what --check shows is what a run does.')
  .version(version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'show this help')
  .helpCommand(false)
  .exitOverride()
  .configureOutput({ writeErr: text => process.stderr.write(text.replace(/^error: /, 'haq: ')) })

playbookOptions(program.command('run').description('run a playbook against an inventory'))
  .option('-C, --check', 'show what a run would do, and change nothing')
  .addOption(lockTimeoutOption())
  .addOption(
    detailedOption('with --check: exit status 0 if nothing would change, 2 if something would, 1 for any error'),
  )
  .addOption(diffOption())
  .addOption(showOldOption())
  .addOption(verboseOption())
  .addOption(outputOption())
  .addHelpText(
    'after',
    '\nExit status: 0 all hosts converged; 1 wrong usage, playbook or inventory; 2 a host failed; 4 a host was unreachable;\n6 both; 130 interrupted. With --check --detailed-exitcode: 0 nothing would change, 2 something would, 1 any error,\nincluding failed and unreachable hosts.',
  )
  .action(perform('run'))

playbookOptions(program.command('plan').description('save a plan of what a run would do, for haq show and haq apply'))
  .requiredOption(
    '-o, --out <file>',
    'file to write the plan to; -: standard output, with the report on standard error',
  )
  .addOption(detailedOption('exit status 0 if nothing would change, 2 if something would, 1 for any error'))
  .addOption(diffOption())
  .addOption(showOldOption())
  .addOption(verboseOption())
  .addOption(outputOption('--output <kind>'))
  .addHelpText(
    'after',
    '\nThe plan contains no secret. The plan marks hosts that failed or were unreachable; haq apply refuses them.\n\nExit status: as for haq run.',
  )
  .action(perform('plan'))

program
  .command('show')
  .description('show a saved plan, or the output of an earlier run')
  .argument('<what>', "a file that haq plan wrote; or the id of a run, its first characters, or 'last'")
  .addOption(diffOption())
  .addOption(verboseOption())
  .addOption(outputOption())
  .action(perform('show'))

program
  .command('apply')
  .description('carry out a saved plan, and nothing else')
  .argument('<plan>', 'a file that haq plan wrote')
  .addOption(forksOption())
  .addOption(lockTimeoutOption())
  .addOption(passwordOption())
  .addOption(keepOption())
  .addOption(outputLimitOption())
  .addOption(diffOption())
  .addOption(showOldOption())
  .addOption(verboseOption())
  .addOption(outputOption())
  .addHelpText(
    'after',
    '\nhaq apply first reads all hosts again. If a run would now do something else on a host, the difference is shown,\nand nothing is applied to that host. The other hosts go on.\n\nExit status: as for haq run; a refused host counts as failed.',
  )
  .action(perform('apply'))

program
  .command('runs')
  .description('list earlier runs, the newest first')
  .addOption(outputOption())
  .action(perform('runs'))

program
  .command('undo')
  .description('undo what a run changed')
  .argument(
    '[run]',
    'id of the run, or its first characters (default: the last run that changed something and is not undone)',
  )
  .option('-C, --check', 'show what an undo would do, and change nothing')
  .option('--partial', 'undo what can be undone, and leave the rest')
  .addOption(inventoryOption())
  .option('-l, --limit <pattern>', 'only hosts that match', collect)
  .addOption(forksOption())
  .option('-u, --user <name>', 'log in as this user')
  .option('-b, --become', 'become root with sudo')
  .addOption(passwordOption())
  .addOption(keepOption())
  .addOption(outputLimitOption())
  .addOption(lockTimeoutOption())
  .option('--lab', "use the hosts of the inventory's lab instead of the real ones")
  .addOption(diffOption())
  .addOption(verboseOption())
  .addOption(outputOption())
  .addHelpText(
    'after',
    '\nInventory, user and lab are those of the run, unless given here. A host that has changed since the run is refused.\n\nExit status: as for haq run; also 1 when a change cannot be undone; then no host is changed.',
  )
  .action(perform('undo'))

const lab = program
  .command('lab')
  .description("disposable hosts on this machine, with the inventory's own names and addresses")

lab
  .command('up')
  .description('start the hosts that are not running')
  .addOption(inventoryOption())
  .addOption(
    new Option('--suite <name>', 'Debian release of the hosts').choices(['bookworm', 'trixie']).default('bookworm'),
  )
  .addOption(
    new Option(
      '--kernel <name>',
      "host: the machine's own kernel; uml: a user-mode Linux for each host, with IPVS where the machine has none",
    )
      .choices(['host', 'uml'])
      .default('host'),
  )
  .action(perform('labUp'))

lab
  .command('status')
  .description('show the hosts and how to reach them')
  .addOption(inventoryOption())
  .action(perform('labStatus'))

lab
  .command('exec')
  .description("run a command on a host as root; 'client' is a plain host that is not in the inventory")
  .argument('<host>')
  .argument('<command...>', 'command and its arguments, after --')
  .addOption(inventoryOption())
  .action(perform('labExec'))

lab
  .command('ssh')
  .description('log in on a host')
  .argument('<host>')
  .addOption(inventoryOption())
  .option('-u, --user <name>', 'as this user', 'root')
  .action(perform('labSsh'))

lab
  .command('break')
  .description('cut the power or network of hosts, to test a failover')
  .addArgument(new Argument('<what>').choices(['power', 'network']))
  .argument('<host...>')
  .addOption(inventoryOption())
  .action(perform('labBreak'))

lab
  .command('mend')
  .description('restore the power and network of hosts; haq lab up does so for all hosts')
  .argument('<host...>')
  .addOption(inventoryOption())
  .action(perform('labMend'))

lab
  .command('down')
  .description('stop the hosts and delete everything of the lab')
  .addOption(inventoryOption())
  .action(perform('labDown'))

program
  .command('probe')
  .description('test a broker as its client: publish, consume and connect, then report lost messages and outages')
  .argument('<address>', 'HOST or HOST:PORT, such as the virtual IP')
  .requiredOption('-u, --user <name>', 'user of the broker')
  .option('--password-file <path>', 'file with the password, readable by its owner only (default: ask for it)')
  .option('--vhost <name>', 'vhost of the test queue', '/')
  .addOption(
    new Option('--queue-type <type>', "type of the test queue (default: the vhost's own)").choices([
      'classic',
      'quorum',
    ]),
  )
  .option('--seconds <n>', 'duration of the test', '30')
  .option('--rate <n>', 'messages per second, each confirmed by the broker and acknowledged by the consumer', '20')
  .option('--connections <n>', 'new connections per second', '10')
  .option('--drain <n>', 'seconds to wait for the last confirmed messages afterwards', '30')
  .addOption(new Option('--output <kind>', 'output format').choices(['plain', 'json']).default('plain'))
  .option('--report <file>', 'also write the report to this file, as JSON')
  .addHelpText(
    'after',
    '\nExit status: 0 no confirmed message was lost; 2 a message was lost; 4 no broker was reachable.',
  )
  .action(perform('probe'))

program
  .command('doc')
  .description('describe modules and their parameters; without a name: list all modules')
  .argument('[module...]')
  .option('--markdown', 'print Markdown, one page for each module')
  .option(
    '--out <dir>',
    'write the Markdown pages to this folder; without a module name, also a README.md that lists them',
  )
  .action(perform('doc'))

endOnForgottenPromise()
void program.parseAsync().catch((error: unknown) => {
  if (!(error instanceof CommanderError)) printError(error)
  // Commander has printed the error. Help and version have exit code 0.
  process.exitCode = error instanceof CommanderError && error.exitCode === 0 ? 0 : exitStatus.usage
})
