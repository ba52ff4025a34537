import type { PlaybookOptions } from '../program/playbook-options.ts'
import { parseVariables } from '../program/variables.ts'
import { readPassword } from './ask.ts'
import { inventoryPath, readConfig } from './config.ts'
import { parseForks, parseOutputLimit, parseSeconds } from './options.ts'
import type { PlaybookFlags } from './playbook-flags.ts'

/** The options of a run, from the command line and the configuration. @throws {UsageError} */
export async function playbookOptions(flags: PlaybookFlags): Promise<PlaybookOptions> {
  const config = await readConfig()
  const forks = flags.forks ?? config.forks
  const outputLimit = flags.outputLimit ?? config.outputLimit
  return {
    inventory: inventoryPath(flags, config),
    limit: flags.limit,
    tags: flags.tags,
    vars: flags.extraVars && parseVariables(flags.extraVars),
    forks: forks === undefined ? undefined : parseForks(String(forks)),
    user: flags.user,
    become: flags.become,
    defaults: { user: config.user, become: config.become },
    becomePassword: flags.askBecomePass ? () => readPassword('sudo password: ') : undefined,
    lockTimeout: parseSeconds('--lock-timeout', flags.lockTimeout ?? String(config.lockTimeout ?? 30)),
    keepConnections: parseSeconds('--keep-connections', flags.keepConnections ?? String(config.keepConnections ?? 60)),
    sshEnvironment: config.sshEnvironment,
    outputLimit: outputLimit === undefined ? undefined : parseOutputLimit(String(outputLimit)),
    lab: flags.lab,
    trace: (flags.verbose ?? 0) > 0,
    args: process.argv.slice(2),
  }
}
