import { emptyRecap, type HostRecap, type Report, type TaskEnded } from '../engine/events.ts'
import { runPlaybook, type RunOptions, type RunResult } from '../engine/run.ts'
import type { CompiledPlaybook } from '../playbook/compile.ts'
import { driftOf, refusalEvents } from './drift.ts'
import { PlanError } from './errors.ts'
import { guardOf, planAgain } from './guard.ts'
import { PlanRecorder } from './recorder.ts'
import { hostsOf, type SavedPlan } from './saved-plan.ts'

/** Where a run is reported and written down. */
type RunRecords = Pick<RunOptions, 'report' | 'journal'>

/**
 * Does exactly what a saved plan holds. All hosts are looked at again first; one on which anything else would be done
 * now is refused before anything is applied on it, and the others go on. While it runs, every task is held to the plan.
 * @param options those of the run; the plan's own are in its file
 * @param start says where the run is reported and written down, once it begins
 * @returns `undefined` when it was interrupted before anything was applied
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

/** The hosts in the order of the plan; those that it does not have stand last. */
function inOrder<T>(hosts: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  const place = (name: string): number => (names.includes(name) ? names.indexOf(name) : names.length)
  return Object.fromEntries(Object.entries(hosts).toSorted(([a], [b]) => place(a) - place(b)))
}

function recapOf(refusals: ReadonlyMap<string, TaskEnded>): Record<string, HostRecap> {
  return Object.fromEntries([...refusals].map(([host, { status }]) => [host, { ...emptyRecap(), [status]: 1 }]))
}
