import { Option, type Command } from 'commander'

export const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value]
const list = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, ...value.split(',')]

export const inventoryOption = (): Option =>
  new Option('-i, --inventory <path>', 'inventory file, its name without the ending, or a folder with hosts.*')

export const outputOption = (flags = '-o, --output <kind>'): Option =>
  new Option(flags, 'output format (default: pretty on a terminal, else plain)').choices(['pretty', 'plain', 'json'])

export const diffOption = (): Option => new Option('-D, --diff', 'show the changed lines of files')

/** For commands that read hosts: what is read from disk holds no old content to show. */
export const showOldOption = (): Option =>
  new Option('--show-old', 'with --diff: show the old content of files that may hold secrets, too (docs/secrets.md)')

export const verboseOption = (): Option =>
  new Option(
    '-v, --verbose',
    'show each script that a host ran; -vv: with its text; -vvv: with its stderr and the command that connects to the host',
  ).argParser((_: string, times: number | undefined) => (times ?? 0) + 1)

export const forksOption = (): Option =>
  new Option('-f, --forks <n>', 'hosts in parallel (default: by cores and free memory)')

export const lockTimeoutOption = (): Option =>
  new Option(
    '--lock-timeout <seconds>',
    'seconds to wait for a host that another run has locked; 0: do not wait (default: 30)',
  )

export const keepOption = (): Option =>
  new Option(
    '--keep-connections <seconds>',
    'seconds that ssh keeps a connection open for the next run; 0: not at all (default: 60)',
  )

export const outputLimitOption = (): Option =>
  new Option(
    '--output-limit <MiB>',
    'the most MiB that a fact or step may print; haq disconnects from a host that prints more (default: 32, at most 256)',
  )

export const passwordOption = (): Option =>
  new Option(
    '-K, --ask-become-pass',
    'ask for the sudo password (without a terminal: read the first line of standard input)',
  )

export const detailedOption = (description: string): Option => new Option('--detailed-exitcode', description)

/** The options that choose hosts and tasks, and how haq connects to the hosts. */
export const playbookOptions = (command: Command): Command =>
  command
    .argument('<playbook>', 'TypeScript or JavaScript file whose default export is a playbook')
    .addOption(inventoryOption())
    .option(
      '-l, --limit <pattern>',
      'only hosts that match: names, groups, globs; , or : adds, ! excludes, & intersects',
      collect,
    )
    .option('-t, --tags <tags>', 'only plays and tasks with one of these tags, separated by commas', list)
    .addOption(forksOption())
    .option('-e, --extra-vars <key=value>', 'set a variable; it overrides the inventory; repeatable', collect)
    .option('-u, --user <name>', 'log in as this user')
    .option('-b, --become', 'become root with sudo')
    .addOption(passwordOption())
    .addOption(keepOption())
    .addOption(outputLimitOption())
    .option('--lab', "use the hosts of the inventory's lab instead of the real ones")
