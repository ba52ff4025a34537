import type { Secret } from '../core/secret.ts'

/** How a host is reached, as the inventory and the command line say it. */
export interface Reach {
  readonly connection: 'ssh' | 'local' | 'exec'
  /** Host name or address for ssh. */
  readonly address: string
  readonly user?: string | undefined
  readonly port?: number | undefined
  /** For `exec`: the words that run a command on the host, such as `docker exec -i NAME`. */
  readonly exec?: readonly string[] | undefined
  /** For `ssh`: the words to use instead of `ssh ADDRESS` with its options; the remote command follows them. */
  readonly sshArgv?: readonly string[] | undefined
  /** For `ssh`: the configuration with which connections are kept for the next run. */
  readonly keep?: string | undefined
  /** For `ssh`: names of this process's variables that it gets beside the usual ones. */
  readonly sshPasses?: readonly string[] | undefined
  /** Become root by sudo. */
  readonly become?: boolean | undefined
  readonly becomePassword?: Secret | undefined
}

const sshOptions = [
  '-T',
  // Nobody is there to answer a question: a key that is unknown or refused is an error, said at once.
  ...['-o', 'BatchMode=yes'],
  ...['-o', 'ConnectTimeout=10'],
  // A host that dies in the middle of a run is noticed within a minute.
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

/** What a shell with a sudo password says, once it is up, on standard output, and what sudo asks on standard error. */
export interface BecomeMarks {
  readonly up: string
  readonly prompt: string
}

/**
 * The words that start haq's shell, up to its name. It has an environment of its own, whatever a login, sudo or a
 * container would give it: a fixed PATH that finds system tools for ordinary users too, and the C locale, which keeps
 * what tools print as the parsers expect it. `HAQ_SHELL` tells it from one that a login script put in its place.
 */
export const shellEnvironment: readonly string[] = [
  'env',
  '-i',
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'LC_ALL=C',
  'HAQ_SHELL=1',
]

/** The words that start `sh` on a host, as the wanted user, reading from standard input. */
export function shellArgv(reach: Reach, marks: BecomeMarks): readonly string[] {
  const command = becomeCommand(reach, marks)
  switch (reach.connection) {
    case 'local':
      return command
    case 'exec':
      return [...(reach.exec ?? []), ...command]
    case 'ssh':
      // The remote side joins the words and gives them to the user's login shell.
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
  // sudo asks only when it has to. The shell says that it is up before it reads anything, so that a password which
  // sudo did not ask for can never be read as a command.
  return ['sudo', '-S', '-p', marks.prompt, '--', ...shell, '-c', `echo ${marks.up}; exec sh`]
}
