#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError, Option } from 'commander'
import { exitStatus, printError } from './exit.ts'
import type { LabFlags, SshFlags, UpFlags } from './lab.ts'
import type { RunFlags } from './run.ts'

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value]
const list = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, ...value.split(',')]

const inventoryOption = (): Option =>
  new Option('-i, --inventory <path>', 'inventory file, its name without the ending, or a folder with hosts.*')

// Whoever reads the output may leave (`| head`); a run goes on, because half of it helps nobody.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })

const program = new Command('haq')
  .description('Agentless, idempotent task runner: what --check shows is what a run does.')
  .version(version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'show this help')
  .helpCommand(false)
  .exitOverride()
  .configureOutput({ writeErr: text => process.stderr.write(text.replace(/^error: /, 'haq: ')) })

program
  .command('run')
  .description('run a playbook against an inventory')
  .argument('<playbook>', 'TypeScript or JavaScript file whose default export is a playbook')
  .addOption(inventoryOption())
  .option('-C, --check', 'show what a run would do, and change nothing')
  .option('-D, --diff', 'show what changes inside files')
  .option(
    '-l, --limit <pattern>',
    'only hosts that match: names, groups, globs; , or : joins, ! excludes, & intersects',
    collect,
  )
  .option('-t, --tags <tags>', 'only plays and tasks with one of these tags, joined by commas', list)
  .option('-f, --forks <n>', 'hosts at a time (default: 20)')
  .option('-e, --extra-vars <key=value>', 'a variable that wins over the inventory; may be given again', collect)
  .option('-u, --user <name>', 'log in as this user')
  .option('-b, --become', 'become root by sudo')
  .option('-K, --ask-become-pass', "ask for sudo's password (without a terminal: first line of standard input)")
  .addOption(
    new Option('-o, --output <kind>', 'how to report; pretty on a terminal, plain elsewhere').choices([
      'pretty',
      'plain',
      'json',
    ]),
  )
  .option('--lab', "run against the inventory's lab instead of its hosts")
  .addHelpText(
    'after',
    '\nExit status: 0 converged, 1 usage or a bad playbook or inventory, 2 a host failed, 4 a host was unreachable\n(2 and 4 add up to 6), 130 interrupted.',
  )
  .action(async (playbook: string, options: RunFlags) => {
    const { runCommand } = await import('./run.ts')
    process.exitCode = await runCommand(playbook, options)
  })

const lab = program.command('lab').description("disposable hosts with the inventory's own names and addresses")

lab
  .command('up')
  .description('bring the hosts up; nothing is done for those that are')
  .addOption(inventoryOption())
  .addOption(
    new Option('--suite <name>', 'Debian release of the hosts').choices(['bookworm', 'trixie']).default('bookworm'),
  )
  .action(async (options: UpFlags) => (await import('./lab.ts')).up(options))

lab
  .command('status')
  .description('show the hosts and how to reach them')
  .addOption(inventoryOption())
  .action(async (options: LabFlags) => (await import('./lab.ts')).status(options))

lab
  .command('exec')
  .description("run a command on a host as root; 'client' is a plain host beside those of the inventory")
  .argument('<host>')
  .argument('<command...>', 'after --')
  .addOption(inventoryOption())
  .action(async (host: string, command: readonly string[], options: LabFlags) => {
    process.exitCode = await (await import('./lab.ts')).exec(host, command, options)
  })

lab
  .command('ssh')
  .description('log in on a host')
  .argument('<host>')
  .addOption(inventoryOption())
  .option('-u, --user <name>', 'as this user', 'root')
  .action(async (host: string, options: SshFlags) => {
    process.exitCode = await (await import('./lab.ts')).ssh(host, options)
  })

lab
  .command('down')
  .description('take the hosts down and leave nothing behind')
  .addOption(inventoryOption())
  .action(async (options: LabFlags) => (await import('./lab.ts')).down(options))

program
  .command('doc')
  .description('what a module does and takes; all modules without a name')
  .argument('[module]')
  .action(async (name: string | undefined) => (await import('./doc.ts')).docCommand(name))

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) printError(error)
  // Commander has said what is wrong; help and version are no errors.
  process.exitCode = error instanceof CommanderError && error.exitCode === 0 ? 0 : exitStatus.usage
}
