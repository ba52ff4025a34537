import type { Secret } from '../core/secret.ts'

/** How haq connects to a host, from the inventory and the command line. */
export interface Reach {
  readonly connection: 'ssh' | 'local' | 'exec'
  /** Host name or address for ssh. */
  readonly address: string
  readonly user?: string | undefined
  readonly port?: number | undefined
  /** For `exec`: the command that runs a command on the host, such as `docker exec -i NAME`. */
  readonly exec?: readonly string[] | undefined
  /** For `ssh`: the words to use instead of `ssh ADDRESS` and its options; the remote command follows. */
  readonly sshArgv?: readonly string[] | undefined
  /** For `ssh`: the configuration file that keeps connections open for the next run. */
  readonly keep?: string | undefined
  /** For `ssh`: names of further environment variables that ssh gets. */
  readonly sshPasses?: readonly string[] | undefined
  /** Become root with sudo. */
  readonly become?: boolean | undefined
  readonly becomePassword?: Secret | undefined
}

const sshOptions = [
  '-T',
  // haq can't answer ssh's questions: an unknown host key or a refused login is an error at once.
  ...['-o', 'BatchMode=yes'],
  ...['-o', 'ConnectTimeout=10'],
  // ssh notices within a minute that a host has died.
  ...['-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=3'],
  // What the user's configuration may have for logins by hand: it would take the place of haq's shell, or of its input.
  ...[
    '-o',
    'RemoteCommand=none',
    '-o',
    'SessionType=default',
    '-o',
    'StdinNull=no',
    '-o',
    'ForkAfterAuthentication=no',
  ],
  // Nor is anything else done on the way: forwarded ports may be taken, and a local command prints what it likes.
  ...['-o', 'PermitLocalCommand=no', '-o', 'ClearAllForwardings=yes'],
  // Why a host can't be reached must be heard.
  ...['-o', 'LogLevel=INFO'],
]

/** With a sudo password: the word that the shell prints when it is up, and sudo's prompt on standard error. */
export interface BecomeMarks {
  readonly up: string
  readonly prompt: string
}

/**
 * The words before `sh` that start haq's shell. The shell has a fixed environment, whatever a login, sudo or a
 * container sets: a PATH with the system tools, and the C locale, because the parsers expect its output. `HAQ_SHELL`
 * marks haq's shell, so that a shell which a login script started instead is detected.
 */
export const shellEnvironment: readonly string[] = [
  'env',
  '-i',
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'LC_ALL=C',
  'HAQ_SHELL=1',
]

/** The command line that starts `sh` on a host as the wanted user. The shell reads from standard input. */
export function shellArgv(reach: Reach, marks: BecomeMarks): readonly string[] {
  const command = becomeCommand(reach, marks)
  switch (reach.connection) {
    case 'local':
      return command
    case 'exec':
      return [...(reach.exec ?? []), ...command]
    case 'ssh':
      // ssh joins the words, and the user's login shell parses them.
      return [...sshWords(reach), command.map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(' ')]
  }
}

function sshWords({ sshArgv, address, user, port, keep }: Reach): readonly string[] {
  if (sshArgv !== undefined) return [...sshArgv]
  const configuration = keep === undefined ? [] : ['-F', keep]
  const login = user === undefined ? [] : ['-l', user]
  const service = port === undefined ? [] : ['-p', String(port)]
  return ['ssh', ...configuration, ...sshOptions, ...login, ...service, '--', address]
}

function becomeCommand({ become, becomePassword }: Reach, marks: BecomeMarks): readonly string[] {
  const shell = [...shellEnvironment, 'sh']
  if (!become) return shell
  if (becomePassword === undefined) return ['sudo', '-n', '--', ...shell]
  // sudo does not always ask for a password. The shell prints a word before it reads anything, so that the password is
  // sent only when sudo asks, and the shell can never run it as a command.
  return ['sudo', '-S', '-p', marks.prompt, '--', ...shell, '-c', `echo ${marks.up}; exec sh`]
}
