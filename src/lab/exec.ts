import { LabError } from '../core/errors.ts'
import { sh } from '../core/shell.ts'
import { labClientArgv, requireHost, sshArgv } from './reach.ts'
import { SEARCH_PATH } from './run.ts'
import { CLIENT, type LabStatus } from './types.ts'

/** The environment of a command: the host's, without variables of the operator. */
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
 * The command line that runs a command on a host as root: without sshd for containers, by ssh for hosts with a kernel
 * of their own. `client` is a plain host in the lab's network: it has the machine's programs and its own network.
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
