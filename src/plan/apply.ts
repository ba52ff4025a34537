import { emptyRecap, type HostRecap, type Report, type TaskEnded } from '../engine/events.ts'
import { runPlaybook, type RunOptions, type RunResult } from '../engine/run.ts'
import type { CompiledPlaybook } from '../playbook/compile.ts'
import { driftOf, refusalEvents } from './drift.ts'
import { PlanError } from './errors.ts'
import { guardOf, planAgain } from './guard.ts'
import { PlanRecorder } from './recorder.ts'
import { hostsOf, type SavedPlan } from './saved-plan.ts'

/** The report and the journal of a run. */
type RunRecords = Pick<RunOptions, 'report' | 'journal'>

/**
 * Applies a saved plan. All hosts are read again first. A host on which a run would now do something else is refused
 * before anything is applied to it; the others go on. During the run, each task may do only what the plan holds.
 * @param options the options of the run; others are in the plan
 * @param start returns the report and the journal, when the run begins
 * @returns `undefined` when it was interrupted before the run began
 * @throws {PlanError} when the playbook no longer has a play of the plan
 */
export async function applyPlan(
  plan: SavedPlan,
  playbook: CompiledPlaybook,
  options: Omit<RunOptions, 'check' | 'approve' | keyof RunRecords>,
  start: () => Promise<RunRecords>,
): Promise<Pick<RunResult, 'hosts'> | undefined> {
  refuseLostPlays(plan, playbook)
  const again = new PlanRecorder()
  await runPlaybook(playbook, { ...options, check: true, report: again.report, approve: again.approve })
  if (options.signal.aborted) return undefined
  const refusals = driftOf(plan.events, again.events)
  const limit = new Set(hostsOf(plan.events).filter(host => !refusals.has(host)))
  const records = await start()
  let hosts: Readonly<Record<string, HostRecap>> = {}
  const report: Report = event => {
    if (event.event !== 'recap') {
      records.report(event)
      if (event.event === 'run') for (const refusal of refusalEvents(refusals.values())) records.report(refusal)
      return
    }
    hosts = inOrder({ ...event.hosts, ...recapOf(refusals) }, hostsOf(plan.events))
    records.report({ ...event, hosts })
  }
  await runPlaybook(playbook, { ...options, ...records, limit, check: false, report, approve: guardOf(plan) })
  return { hosts }
}

function refuseLostPlays(plan: SavedPlan, playbook: CompiledPlaybook): void {
  const plays = new Set(playbook.plays.map(({ name }) => name))
  const lost = plan.events.flatMap(event => (event.event === 'play' && !plays.has(event.play) ? [event.play] : []))
  if (lost.length === 0) return
  const message = `${plan.playbook} no longer has the play ${[...new Set(lost)].join(', ')} of the plan`
  throw new PlanError(`${message}; no host was touched`, { hint: planAgain })
}

/** The hosts in the order of the plan, then hosts that the plan does not have. */
function inOrder<T>(hosts: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  const place = (name: string): number => (names.includes(name) ? names.indexOf(name) : names.length)
  return Object.fromEntries(Object.entries(hosts).toSorted(([a], [b]) => place(a) - place(b)))
}

function recapOf(refusals: ReadonlyMap<string, TaskEnded>): Record<string, HostRecap> {
  return Object.fromEntries([...refusals].map(([host, { status }]) => [host, { ...emptyRecap(), [status]: 1 }]))
}
