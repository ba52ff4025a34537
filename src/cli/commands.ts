import * as z from 'zod'
import type { ApplyFlags } from './apply.ts'
import type { DocFlags } from './doc.ts'
import { exitStatus, printError } from './exit.ts'
import type { Mishap } from '../lab/index.ts'
import type { LabFlags, SshFlags, UpFlags } from './lab.ts'
import type { PlanFlags, ShowFlags } from './plan.ts'
import type { ProbeFlags } from './probe.ts'
import type { RunFlags } from './run.ts'
import type { RunsFlags } from './runs.ts'
import type { UndoFlags } from './undo.ts'

// Each validator is used once or twice: to compile it would take more time than it saves.
z.config({ jitless: true })

/** The function of each command. It gets the arguments and options of the command line. */
const commands = {
  run: async (playbook: string, flags: RunFlags) => (await import('./run.ts')).runCommand(playbook, flags),
  plan: async (playbook: string, flags: PlanFlags) => (await import('./plan.ts')).planCommand(playbook, flags),
  show: async (what: string, flags: ShowFlags) => (await import('./show.ts')).showCommand(what, flags),
  apply: async (plan: string, flags: ApplyFlags) => (await import('./apply.ts')).applyCommand(plan, flags),
  runs: async (flags: RunsFlags) => (await import('./runs.ts')).runsCommand(flags),
  undo: async (run: string | undefined, flags: UndoFlags) => (await import('./undo.ts')).undoCommand(run, flags),
  labUp: async (flags: UpFlags) => (await import('./lab.ts')).up(flags),
  labStatus: async (flags: LabFlags) => (await import('./lab.ts')).status(flags),
  labExec: async (host: string, words: readonly string[], flags: LabFlags) =>
    (await import('./lab.ts')).exec(host, words, flags),
  labSsh: async (host: string, flags: SshFlags) => (await import('./lab.ts')).ssh(host, flags),
  labBreak: async (mishap: Mishap, hosts: readonly string[], flags: LabFlags) =>
    (await import('./lab.ts')).breakHosts(mishap, hosts, flags),
  labMend: async (hosts: readonly string[], flags: LabFlags) => (await import('./lab.ts')).mendHosts(hosts, flags),
  labDown: async (flags: LabFlags) => (await import('./lab.ts')).down(flags),
  probe: async (address: string, flags: ProbeFlags) => (await import('./probe.ts')).probeCommand(address, flags),
  doc: async (names: readonly string[], flags: DocFlags) => (await import('./doc.ts')).docCommand(names, flags),
}

export type CommandName = keyof typeof commands

/** Performs a command; an error is printed on standard error. @returns the exit status */
export async function perform(name: CommandName, words: readonly unknown[]): Promise<number> {
  try {
    const command = commands[name] as (...words: readonly unknown[]) => Promise<unknown>
    const status = await command(...words)
    return typeof status === 'number' ? status : exitStatus.converged
  } catch (error) {
    printError(error)
    return exitStatus.usage
  }
}
