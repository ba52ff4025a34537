import { unknown, type Fact, type Facts } from '../core/fact.ts'
import { MaskedText } from '../core/secret.ts'
import { Script, sh } from '../core/shell.ts'
import { predict, require, run, type Change, type Plan, type Prediction } from '../core/step.ts'
import type { Task } from '../core/task.ts'
import { debt } from '../facts/debt.ts'
import { relink, sealedFile, unseal, type Sealed, type SealedState } from '../facts/seal.ts'
import { factDigest, type FactRecord } from '../engine/recorder.ts'
import type { CompiledPlay, CompiledPlaybook } from '../playbook/compile.ts'
import type { Host } from '../playbook/group.ts'
import type { Journal } from './journal.ts'
import { wayBackName, type UndoableStep } from './way-back.ts'

/**
 * The way back as a playbook: first each host must be as the run left it, then the run's plays from the last to the
 * first, and in each of them every host's steps from the last to the first.
 */
export function undoPlaybook(
  journal: Journal,
  steps: readonly UndoableStep[],
  hosts: readonly Host[],
): CompiledPlaybook {
  const { id } = journal.head
  const order = [...new Set(journal.steps.map(({ play }) => play))].toReversed()
  const handlers = handlersOf(journal)
  const plays = order.map(play => {
    const own = steps.filter(step => step.play === play)
    const tasks = new Map(
      hosts.map(({ name }) => [
        name,
        own.filter(({ host }) => host === name).map(step => undoTask(journal, step, handlers)),
      ]),
    )
    return compiled(wayBackName(play, 'undo of '), hosts, tasks)
  })
  const guards = new Map(hosts.map(({ name }) => [name, [unchanged(journal, name, steps)]]))
  const all = [compiled('unchanged since', hosts, guards), ...plays]
  return { name: `undo of run ${id}`, plays: all.filter(play => play.hosts.length > 0) }
}

function compiled(name: string, hosts: readonly Host[], tasks: ReadonlyMap<string, readonly Task[]>): CompiledPlay {
  return {
    name,
    hosts: hosts.filter(host => (tasks.get(host.name)?.length ?? 0) > 0),
    serial: undefined,
    tags: [],
    facts: {},
    tasks: host => tasks.get(host.name) ?? [],
    known: tasks,
  }
}

function task(name: string, facts: Facts, plan: Task['plan'], more: Partial<Task> = {}): Task {
  return { module: 'undo', name, params: {}, facts, plan, notify: [], tags: [], debt: undefined, problems: [], ...more }
}

/** A text that was a script's own, free of secrets. */
function script(text: string): Script {
  return new Script(text, text)
}

/** Refuses a host on which anything that the run left was changed since, or that no longer keeps the old files. */
function unchanged(journal: Journal, host: string, steps: readonly UndoableStep[]): Task {
  const { id } = journal.head
  const left = (journal.facts.get(host) ?? []).map((record): [string, Fact<unknown>] => [
    record.key,
    {
      key: `left:${record.key}`,
      script: script(record.script),
      parse: stdout => factDigest(record.run, record.key, stdout) === record.sha256,
    },
  ])
  const files = steps.flatMap(step =>
    step.host === host && step.undo.kind === 'file'
      ? [[step.undo.path, sealedFile(step.undo.path, sealedOf(id, step.undo.sealed))] as const]
      : [],
  )
  const facts = { ...Object.fromEntries(left), ...Object.fromEntries(files.map(([, fact]) => [fact.key, fact])) }
  return task(`unchanged since run ${id}`, facts, values => {
    const changed = left.filter(([key]) => values[key] === false).map(([key]) => key)
    const gone = files.filter(([, { key }]) => (values[key] as SealedState).before === 'gone').map(([path]) => path)
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

function sealedOf(run: string, name: string | null): Sealed | undefined {
  return name === null ? undefined : { run, name }
}

/** The handlers that ran, by host and debt. */
function handlersOf({ steps }: Journal): ReadonlyMap<string, Task> {
  return new Map(
    steps.flatMap(({ host, task: name, change, undo }) => {
      if (undo.kind !== 'handler') return []
      const owed = debt(undo.debt)
      const again = (): Plan => [
        run({
          change,
          script: script(undo.script),
          undo: { impossible: 'a handler that ran has no way back' },
          predicts: [predict(owed, false)],
        }),
      ]
      const plan: Task['plan'] = values => (values['owed'] === false ? [] : again())
      return [[`${host}\n${undo.debt}`, task(name, { owed }, plan, { debt: undo.debt })] as const]
    }),
  )
}

function undoTask(journal: Journal, step: UndoableStep, handlers: ReadonlyMap<string, Task>): Task {
  const name = wayBackName(step.task, 'undo ')
  const records = new Map((journal.facts.get(step.host) ?? []).map(record => [record.key, record]))
  const facts = Object.fromEntries(
    step.facts.flatMap(key => {
      const record = records.get(key)
      return record ? [[key, rawFact(record)] as const] : []
    }),
  )
  const notify = step.notify.flatMap(owed => handlers.get(`${step.host}\n${owed}`) ?? [])
  const { undo } = step
  if (undo.kind === 'run') {
    const reverse = run({
      change: undo.change,
      script: script(undo.script),
      undo:
        step.script === undefined
          ? { impossible: 'what it did holds a secret' }
          : { change: step.change, script: script(step.script) },
      predicts: [],
      always: true,
    })
    return task(name, facts, () => [reverse], { notify })
  }
  const sealed = sealedOf(journal.head.id, undo.sealed)
  const touched: Fact<unknown> = { key: `undone:${undo.path}`, script: sh`:`, parse: text => text }
  const state = { ...sealedFile(undo.path, sealed), dependsOn: [touched] }
  const plan: Task['plan'] = values =>
    filePlan(step.change, undo, sealed, values['state'] as SealedState | typeof unknown, before => [
      predict(touched, true),
      predict(state, { before, current: before, same: true }),
    ])
  return task(name, { ...facts, state }, plan, { notify })
}

function rawFact({ key, script: text }: FactRecord): Fact<unknown> {
  return { key, script: script(text), parse: stdout => stdout }
}

type FileUndo = Extract<UndoableStep['undo'], { kind: 'file' }>

function filePlan(
  done: Change,
  { path, before: known = { mode: '0644', owner: 'root', group: 'root' } }: FileUndo,
  sealed: Sealed | undefined,
  state: SealedState | typeof unknown,
  predicts: (before: Exclude<SealedState['before'], 'gone'>) => readonly Prediction[],
): Plan {
  const diff = done.diff && { before: done.diff.after, after: done.diff.before }
  const change: Change = { what: done.what, from: done.to, to: done.from, ...(diff && { diff }) }
  if (state !== unknown && state.same) return []
  const before = state === unknown ? (sealed ? known : 'absent') : state.before
  const current = state === unknown || state.current === 'link' ? unknown : state.current
  if (before === 'absent')
    return [
      { kind: 'remove', path, before: current === 'absent' ? unknown : current, change, predicts: predicts(before) },
    ]
  if (before === 'gone' || !sealed) return [require(`the host keeps what was in ${path}`, false)]
  if (before === 'link')
    return [
      run({
        change,
        script: relink(sealed, path),
        undo: { change: done, script: sh`rm -f ${path}` },
        predicts: predicts(before),
      }),
    ]
  return [
    {
      kind: 'write',
      path,
      content: new MaskedText('', ''),
      source: unseal(sealed),
      ...before,
      before: current === 'absent' ? null : current,
      change,
      predicts: predicts(before),
    },
  ]
}
