import { UsageError } from '../core/errors.ts'
import type { Report } from '../engine/events.ts'
import { runPlaybook as runCompiled } from '../engine/run.ts'
import { PlanRecorder } from '../plan/recorder.ts'
import { planVersion, type PlanOptions, type SavedPlan } from '../plan/saved-plan.ts'
import { whoAndWhere } from './holder.ts'
import type { PlanResult, PlaybookOptions } from './playbook-options.ts'
import { prepare } from './prepare.ts'
import { variableWords } from './variables.ts'

/** Runs a playbook in check mode, and returns the plan. */
export async function planNow(reportEvent: Report, playbook: string, options: PlaybookOptions): Promise<PlanResult> {
  const { signal = new AbortController().signal } = options
  const { playbook: compiled, notes, options: settings } = await prepare(playbook, options)
  const recorder = new PlanRecorder()
  const report: Report = event => {
    recorder.report(event)
    reportEvent(event)
  }
  for (const message of notes) report({ event: 'warning', message })
  const run = { ...settings, check: true, report, approve: recorder.approve, signal }
  const { hosts, redact } = await runCompiled(compiled, run)
  if (signal.aborted) return { hosts, interrupted: true, plan: undefined }
  refuseSecrets(options.vars ?? {}, redact)
  const plan: SavedPlan = {
    haq: 'plan',
    version: planVersion,
    created: new Date().toISOString(),
    by: whoAndWhere(),
    playbook,
    inventory: options.inventory,
    options: planOptions(options),
    events: recorder.events,
  }
  return { hosts, interrupted: false, plan }
}

/** Refuses variables that the playbook turns into secrets: a plan contains the variables. @throws {UsageError} */
function refuseSecrets(vars: Readonly<Record<string, string>>, redact: (text: string) => string): void {
  const names = variableWords(vars)
    .filter(word => redact(word) !== word)
    .map(word => word.slice(0, word.indexOf('=')))
  if (names.length === 0) return
  throw new UsageError(`-e ${names.join(', ')} holds a secret, which a plan must not contain`, {
    hint: 'let the inventory name where the secret comes from: secret.env(NAME), secret.file(PATH) or secret.command(WORDS)',
  })
}

function planOptions({ limit, tags, vars, user, become, lab }: PlaybookOptions): PlanOptions {
  return {
    ...(limit && { limit: [...limit] }),
    ...(tags && { tags: [...tags] }),
    ...(vars && { extraVars: [...variableWords(vars)] }),
    ...(user !== undefined && { user }),
    ...(become !== undefined && { become }),
    ...(lab !== undefined && { lab }),
  }
}
