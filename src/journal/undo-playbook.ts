import type { Fact } from '../core/fact.ts'
import { predict, require, run, type Plan } from '../core/step.ts'
import type { Task } from '../core/task.ts'
import { isPending } from '../facts/pending.ts'
import { backedUpFile, type BackupState } from '../facts/backup.ts'
import type { CompiledPlay, CompiledPlaybook } from '../playbook/compile.ts'
import type { Host } from '../playbook/group.ts'
import { play } from '../playbook/playbook.ts'
import type { Journal } from './journal.ts'
import { byTask, factsBefore, serialOf } from './proof.ts'
import { backupOf, digestFact, script, task, undoTask } from './undo-task.ts'
import { undoName, type UndoableStep } from './undo-steps.ts'

/**
 * The undo of a run as a playbook: first each host must be as the run left it, then the run's plays from the last to the
 * first, each with as many hosts at a time as it had, and in each of them every host's tasks from the last to the first.
 */
export function undoPlaybook(
  journal: Journal,
  steps: readonly UndoableStep[],
  hosts: readonly Host[],
): CompiledPlaybook {
  const { id } = journal.head
  const order = [...new Set(journal.steps.map(({ play }) => play))].toReversed()
  const plays = order.map(done => {
    const tasks = new Map(hosts.map(({ name }) => [name, undoTasks(journal, done, name, steps)]))
    const turns = { serial: serialOf(journal, done), serialHandlers: serialOf(journal, done, 'serialHandlers') }
    return compiled(undoName(done, 'undo of '), lastFirst(journal, done, hosts), tasks, turns)
  })
  const guards = new Map(hosts.map(({ name }) => [name, [unchanged(journal, name, steps)]]))
  const all = [compiled('unchanged since', hosts, guards), ...plays]
  return { name: `undo of run ${id}`, plays: all.filter(play => play.hosts.length > 0) }
}

/** The hosts of a play from the last to the first: a play that went through them in order is turned round as a whole. */
function lastFirst({ events }: Journal, name: string, hosts: readonly Host[]): readonly Host[] {
  const order = events.flatMap(event => (event.event === 'play' && event.play === name ? event.hosts : []))
  return hosts.toSorted((a, b) => order.lastIndexOf(b.name) - order.lastIndexOf(a.name))
}

/** A host's undo tasks in a play, one task for each of the run's, the last one first. */
function undoTasks(journal: Journal, play: string, host: string, steps: readonly UndoableStep[]): readonly Task[] {
  const handlers = handlersOf(journal)
  return byTask(steps.filter(step => step.play === play && step.host === host)).map(ofTask => {
    const notified = new Set(ofTask.flatMap(({ notify }) => notify.map(id => `${host}\n${id}`)))
    const notify = [...notified].flatMap(id => handlers.get(id) ?? [])
    return undoTask(journal, ofTask, factsBefore(journal, ofTask, steps), notify)
  })
}

/** A play of tasks that are known already; hosts without any stay out of it. */
function compiled(
  name: string,
  hosts: readonly Host[],
  known: ReadonlyMap<string, readonly Task[]>,
  turns?: Pick<CompiledPlay, 'serial' | 'serialHandlers'>,
): CompiledPlay {
  const tasksOf = (host: Host): readonly Task[] => known.get(host.name) ?? []
  const busy = hosts.filter(host => tasksOf(host).length > 0)
  return { ...play(name, { hosts: busy }, tasksOf), ...turns, known, knownRescue: new Map() }
}

/** Refuses a host on which anything that the run left was changed since, or that no longer keeps the old files. */
function unchanged(journal: Journal, host: string, steps: readonly UndoableStep[]): Task {
  const { id } = journal.head
  const left = (journal.facts.get(host) ?? []).map((record): [string, Fact<unknown>] => {
    const { script, parse } = digestFact(host, record.run, record)
    return [record.key, { key: `left:${record.key}`, script, parse: stdout => parse(stdout) === record.sha256 }]
  })
  const files = steps.flatMap(step =>
    step.host === host && step.undo.kind === 'file'
      ? [[step.undo.path, backedUpFile(step.undo.path, backupOf(id, step.undo.backup))] as const]
      : [],
  )
  const facts = { ...Object.fromEntries(left), ...Object.fromEntries(files.map(([, fact]) => [fact.key, fact])) }
  return task(`unchanged since run ${id}`, facts, values => {
    const changed = left.filter(([key]) => values[key] === false).map(([key]) => key)
    const gone = files.filter(([, { key }]) => (values[key] as BackupState).before === 'gone').map(([path]) => path)
    return [
      require(`the host is as run ${id} left it`, changed.length === 0, {
        otherwise: `the host has changed since run ${id}: ${changed.join(', ')}`,
        hint: 'nothing was undone on this host; put it back as the run left it, or undo what came after',
      }),
      require('the host keeps the old files', gone.length === 0, {
        otherwise: `the host no longer keeps what was before: ${gone.join(', ')}`,
      }),
    ]
  })
}

/** The handlers that ran, by host and handler id. */
function handlersOf({ steps }: Journal): ReadonlyMap<string, Task> {
  return new Map(
    steps.flatMap(({ host, task: name, change, undo }) => {
      if (undo.kind !== 'handler') return []
      const pending = isPending(undo.handlerId)
      const again = (): Plan => [
        run({
          change,
          script: script(undo.script),
          undo: { impossible: "a handler that ran can't be undone" },
          predicts: [predict(pending, false)],
        }),
      ]
      const plan: Task['plan'] = values => (values['pending'] === false ? [] : again())
      return [[`${host}\n${undo.handlerId}`, task(name, { pending }, plan, { handlerId: undo.handlerId })] as const]
    }),
  )
}
