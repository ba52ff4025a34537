import { Option } from 'commander'

// Options that several commands have.

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
    'show each script that a host ran; -vv: with its text; -vvv: with its stderr and how the host is reached',
  ).argParser((_: string, times: number | undefined) => (times ?? 0) + 1)

export const forksOption = (): Option =>
  new Option('-f, --forks <n>', 'hosts in parallel (default: by cores and free memory)')

export const lockTimeoutOption = (): Option =>
  new Option(
    '--lock-timeout <seconds>',
    'how long to wait for a host that another run has locked; 0: not at all (default: 30)',
  )

export const keepOption = (): Option =>
  new Option(
    '--keep-connections <seconds>',
    'how long ssh keeps a connection open for the next run; 0: not at all (default: 60)',
  )

export const passwordOption = (): Option =>
  new Option(
    '-K, --ask-become-pass',
    'ask for the sudo password (without a terminal: read the first line of standard input)',
  )

export const detailedOption = (description: string): Option => new Option('--detailed-exitcode', description)
