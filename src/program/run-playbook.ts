import type { Report } from '../engine/events.ts'
import { runPlaybook as runCompiled } from '../engine/run.ts'
import { journaled } from './journaled.ts'
import type { PlaybookResult, RunPlaybookOptions } from './playbook-options.ts'
import { prepare } from './prepare.ts'

/** Runs a playbook, or shows in check mode what a run would do. */
export async function runNow(report: Report, playbook: string, options: RunPlaybookOptions): Promise<PlaybookResult> {
  const { check = false, signal = new AbortController().signal } = options
  const { playbook: compiled, notes, options: settings } = await prepare(playbook, options)
  for (const message of notes) report({ event: 'warning', message })
  const about = { source: playbook, playbook: compiled, check, options, secrets: settings.secrets }
  const written = await journaled(report, about)
  try {
    const { report, journal } = written
    const { hosts } = await runCompiled(compiled, { ...settings, check, report, journal, signal })
    return { hosts, interrupted: signal.aborted }
  } finally {
    written.close()
  }
}
