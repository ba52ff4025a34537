import { LabError } from '../core/errors.ts'
import { sh } from '../core/shell.ts'
import { labClientArgv, requireHost, sshArgv } from './reach.ts'
import { SEARCH_PATH } from './run.ts'
import { CLIENT, type LabStatus } from './types.ts'

/** The environment that a command starts with: the host's, nothing of the operator's. */
const ENVIRONMENT = [
  'env',
  '-i',
  'HOME=/root',
  'USER=root',
  'LOGNAME=root',
  'SHELL=/bin/sh',
  'LANG=C.UTF-8',
  `PATH=${SEARCH_PATH}`,
] as const

/**
 * Argv that runs a command inside a host as root: past sshd, but where the host has a kernel of its own. `client` is the plain host of the lab's network: the machine's
 * own programs, with that host's network.
 * @throws {LabError} the lab has no such host, or it isn't running.
 * @see nsenter(1)
 */
export function labExecArgv(status: LabStatus, host: string, command: readonly string[]): readonly string[] {
  const environment = [...ENVIRONMENT, `TERM=${process.env['TERM'] ?? 'dumb'}`]
  if (host === CLIENT) {
    return [...labClientArgv(status), ...environment, ...command]
  }
  const { pid } = requireHost(status, host)
  if (pid === undefined) throw new LabError(`${host} isn't running`, { hint: 'haq lab up starts it again', host })
  if (status.kernel === 'uml') {
    return [...sshArgv(status.id, host), '--', sh`${[...environment, ...command]}`.reveal()]
  }
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup']
  return ['nsenter', `--target=${pid}`, ...namespaces, ...environment, ...command]
}
