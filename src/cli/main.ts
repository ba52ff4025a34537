#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Argument, Command, CommanderError, Option } from 'commander'
import { loadScript } from '../loader/cached-script.ts'
import type * as commands from './commands.ts'
import { exitStatus, printError } from './exit.ts'

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** What does a command; all that it needs is loaded when the command line is known to be right. */
const perform =
  (name: commands.CommandName) =>
  async (...words: readonly unknown[]): Promise<void> => {
    // The build makes one file of commands.ts and of all that it imports.
    const file = fileURLToPath(new URL('./commands.cjs', import.meta.url))
    // A cache costs as much as it holds, and commands need different parts of haq: each has its own.
    const { exports, keep } = loadScript(file, name)
    process.exitCode = await (exports as typeof commands).perform(name, words)
    // What was refused did not come to use all that a command needs.
    if (process.exitCode !== exitStatus.usage) keep()
  }

const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value]
const list = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, ...value.split(',')]

const inventoryOption = (): Option =>
  new Option('-i, --inventory <path>', 'inventory file, its name without the ending, or a folder with hosts.*')

// Whoever reads the output may leave (`| head`, a closed terminal); a step in hand goes on, because half of it helps nobody.
let isTold = false
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A full disk behind standard output does not end a run either: the journal and the exit status say how it went.
    if (stream === process.stdout && error.code !== 'EPIPE' && error.code !== 'EIO' && !isTold) {
      isTold = true
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

const outputOption = (flags = '-o, --output <kind>'): Option =>
  new Option(flags, 'how to report; pretty on a terminal, plain elsewhere').choices(['pretty', 'plain', 'json'])

const diffOption = (): Option => new Option('-D, --diff', 'show what changes inside files')

const verboseOption = (): Option =>
  new Option(
    '-v, --verbose',
    'each script that a host ran; -vv with its text, -vvv with what it complained of and how the host is reached',
  ).argParser((_: string, times: number | undefined) => (times ?? 0) + 1)

const forksOption = (): Option => new Option('-f, --forks <n>', 'hosts at a time (default: by cores and free memory)')

const lockTimeoutOption = (): Option =>
  new Option(
    '--lock-timeout <seconds>',
    'how long to wait for a host that another run holds; 0: not at all (default: 30)',
  )

const keepOption = (): Option =>
  new Option(
    '--keep-connections <seconds>',
    'how long ssh keeps a connection open for the next run; 0: not at all (default: 60)',
  )

const outputLimitOption = (): Option =>
  new Option(
    '--output-limit <MiB>',
    'how much a fact or a step may print; a host where one prints more is given up (default: 32, up to 256)',
  )

const passwordOption = (): Option =>
  new Option('-K, --ask-become-pass', "ask for sudo's password (without a terminal: first line of standard input)")

const detailedOption = (description: string): Option => new Option('--detailed-exitcode', description)

/** What says which hosts and tasks, and how they are reached. */
const playbookOptions = (command: Command): Command =>
  command
    .argument('<playbook>', 'TypeScript or JavaScript file whose default export is a playbook')
    .addOption(inventoryOption())
    .option(
      '-l, --limit <pattern>',
      'only hosts that match: names, groups, globs; , or : joins, ! excludes, & intersects',
      collect,
    )
    .option('-t, --tags <tags>', 'only plays and tasks with one of these tags, joined by commas', list)
    .addOption(forksOption())
    .option('-e, --extra-vars <key=value>', 'a variable that wins over the inventory; may be given again', collect)
    .option('-u, --user <name>', 'log in as this user')
    .option('-b, --become', 'become root by sudo')
    .addOption(passwordOption())
    .addOption(keepOption())
    .addOption(outputLimitOption())
    .option('--lab', "run against the inventory's lab instead of its hosts")

playbookOptions(program.command('run').description('run a playbook against an inventory'))
  .option('-C, --check', 'show what a run would do, and change nothing')
  .addOption(lockTimeoutOption())
  .addOption(detailedOption('with --check: exit with 0 when there is nothing to do, 2 when there is, 1 for any error'))
  .addOption(diffOption())
  .addOption(verboseOption())
  .addOption(outputOption())
  .addHelpText(
    'after',
    '\nExit status: 0 converged, 1 usage or a bad playbook or inventory, 2 a host failed, 4 a host was unreachable\n(2 and 4 add up to 6), 130 interrupted. With --check --detailed-exitcode: 0 nothing to do, 2 changes, 1 any error,\nfailed and unreachable hosts included.',
  )
  .action(perform('run'))

playbookOptions(program.command('plan').description('save what a run would do, for haq show and haq apply'))
  .requiredOption('-o, --out <file>', "the plan's file; - is standard output, and the report goes to standard error")
  .addOption(detailedOption('exit with 0 when there is nothing to do, 2 when there is, 1 for any error'))
  .addOption(diffOption())
  .addOption(verboseOption())
  .addOption(outputOption('--output <kind>'))
  .addHelpText(
    'after',
    '\nThe plan holds no secret. Hosts that fail or are unreachable are in it as such, and apply refuses them.\n\nExit status: as that of haq run.',
  )
  .action(perform('plan'))

program
  .command('show')
  .description('show a saved plan as check mode showed it, or a run as it went')
  .argument('<what>', "file that haq plan wrote; or a run's id, the start of one, or last")
  .addOption(diffOption())
  .addOption(verboseOption())
  .addOption(outputOption())
  .action(perform('show'))

program
  .command('apply')
  .description('do exactly what a saved plan holds')
  .argument('<plan>', 'file that haq plan wrote')
  .addOption(forksOption())
  .addOption(lockTimeoutOption())
  .addOption(passwordOption())
  .addOption(keepOption())
  .addOption(outputLimitOption())
  .addOption(diffOption())
  .addOption(verboseOption())
  .addOption(outputOption())
  .addHelpText(
    'after',
    '\nAll hosts are looked at again first: one on which something else would be done now is refused, with the\ndifference, before anything is applied there. The others go on.\n\nExit status: as that of haq run; a refused host counts as failed.',
  )
  .action(perform('apply'))

program
  .command('runs')
  .description('list the runs that have a journal, the newest first')
  .addOption(outputOption())
  .action(perform('runs'))

program
  .command('undo')
  .description('take back what a run changed, from its journal')
  .argument('[run]', 'its id, or the start of one (default: the last run that changed something and is not undone)')
  .option('-C, --check', 'show what would be done, and change nothing')
  .option('--partial', 'leave what cannot be undone, and undo the rest')
  .addOption(inventoryOption())
  .option('-l, --limit <pattern>', 'only hosts that match', collect)
  .addOption(forksOption())
  .option('-u, --user <name>', 'log in as this user')
  .option('-b, --become', 'become root by sudo')
  .addOption(passwordOption())
  .addOption(keepOption())
  .addOption(outputLimitOption())
  .addOption(lockTimeoutOption())
  .option('--lab', "in the inventory's lab instead of its hosts")
  .addOption(diffOption())
  .addOption(verboseOption())
  .addOption(outputOption())
  .addHelpText(
    'after',
    '\nInventory, user and lab are those of the run, unless they are given. A host that has changed since is refused.\n\nExit status: as that of haq run; 1 when something cannot be undone, and nothing was done.',
  )
  .action(perform('undo'))

const lab = program.command('lab').description("disposable hosts with the inventory's own names and addresses")

lab
  .command('up')
  .description('bring the hosts up; nothing is done for those that are')
  .addOption(inventoryOption())
  .addOption(
    new Option('--suite <name>', 'Debian release of the hosts').choices(['bookworm', 'trixie']).default('bookworm'),
  )
  .addOption(
    new Option(
      '--kernel <name>',
      "the machine's own, or uml: each host boots user-mode Linux, which has IPVS where the machine has none",
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
  .description("run a command on a host as root; 'client' is a plain host beside those of the inventory")
  .argument('<host>')
  .argument('<command...>', 'after --')
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
  .description('cut hosts off from power or network, to see what becomes of the others')
  .addArgument(new Argument('<what>').choices(['power', 'network']))
  .argument('<host...>')
  .addOption(inventoryOption())
  .action(perform('labBreak'))

lab
  .command('mend')
  .description('give hosts their power and network back; haq lab up mends all of them')
  .argument('<host...>')
  .addOption(inventoryOption())
  .action(perform('labMend'))

lab
  .command('down')
  .description('take the hosts down and leave nothing behind')
  .addOption(inventoryOption())
  .action(perform('labDown'))

program
  .command('probe')
  .description(
    'be a client of a broker for a while: publish, consume, connect, and say what was lost and when nobody answered',
  )
  .argument('<address>', 'HOST or HOST:PORT, such as the virtual IP')
  .requiredOption('-u, --user <name>', 'user of the broker')
  .option('--password-file <path>', 'the password, in a file that nobody else may read; asked for where it is left out')
  .option('--vhost <name>', 'vhost of the queue', '/')
  .addOption(
    new Option('--queue-type <type>', "type of the queue; the vhost's own where it is left out").choices([
      'classic',
      'quorum',
    ]),
  )
  .option('--seconds <n>', 'how long', '30')
  .option('--rate <n>', 'messages a second, each confirmed by the broker and acknowledged by hand', '20')
  .option('--connections <n>', 'new connections a second', '10')
  .option('--drain <n>', 'seconds that confirmed messages have to come in afterwards', '30')
  .addOption(new Option('--output <kind>', 'what is printed').choices(['plain', 'json']).default('plain'))
  .option('--report <file>', 'write the report there too, as JSON')
  .addHelpText('after', '\nExit status: 0, 2 when a confirmed message was lost, 4 when no broker could be reached.')
  .action(perform('probe'))

program
  .command('doc')
  .description('what a module does and takes; all modules without a name')
  .argument('[module]')
  .action(perform('doc'))

void program.parseAsync().catch((error: unknown) => {
  if (!(error instanceof CommanderError)) printError(error)
  // Commander has said what is wrong; help and version are no errors.
  process.exitCode = error instanceof CommanderError && error.exitCode === 0 ? 0 : exitStatus.usage
})
