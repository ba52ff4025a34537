import { isPending } from '../facts/pending.ts'
import { stepsOf, type Step } from '../core/step.ts'
import type { Facts } from '../core/fact.ts'
import type { Task } from '../core/task.ts'
import { LockedError, ParamsError, type HaqError } from '../core/errors.ts'
import { tasksOf, type CompiledPlay } from '../playbook/compile.ts'
import type { Host } from '../playbook/group.ts'
import { taskProblems } from '../playbook/mistakes.ts'
import { checkTask, converge, failureOf, isUnreachable, type Outcome } from './converge.ts'
import type { FactReader } from './fact-reader.ts'
import type { TaskStatus } from './events.ts'
import { handlerIdOf, handlersOf, pendingFact } from './handlers.ts'
import type { RunContext } from './run-context.ts'

/** What a host still has to do in its play. */
interface Following {
  readonly tasks: readonly Task[]
  readonly handlers: readonly Task[]
}

/** One host's run through one play: its tasks in order, then its pending handlers. */
export class HostRun {
  readonly #context: RunContext
  readonly #play: CompiledPlay
  readonly #host: Host
  readonly #reader: FactReader
  #handlers: readonly Task[] = []
  #rescue: readonly Task[] = []
  /** Ids of the handlers that the tasks have notified. */
  readonly #notified = new Set<string>()
  #failed = false

  constructor(context: RunContext, play: CompiledPlay, host: Host) {
    this.#context = context
    this.#play = play
    this.#host = host
    this.#reader = context.readers.of(host.name)
  }

  get host(): string {
    return this.#host.name
  }

  /**
   * @param start false where the play stops before this host: its tasks are said to be skipped
   * @returns whether all of them were done
   */
  async runTasks(start: boolean): Promise<boolean> {
    this.#failed = !start
    this.#reader.startPlay()
    const tasks = await this.#tasks()
    this.#handlers = handlersOf(tasks)
    this.#context.report({
      event: 'host',
      play: this.#play.name,
      host: this.#host.name,
      tasks: tasks.map(task => task.name),
      handlers: [...this.#handlers, ...this.#rescue].map(task => task.name),
    })
    const changesBefore = this.#reader.changes
    let last: TaskStatus = 'ok'
    for (const [index, task] of tasks.entries())
      if (this.#stopped()) this.#skip(task)
      else last = await this.#runTask(task, { tasks: tasks.slice(index + 1), handlers: this.#handlers })
    if (last === 'failed' && this.#reader.changes > changesBefore) await this.#rescueHost()
    return !this.#failed
  }

  /** Brings a host back into service on which a task has failed. */
  async #rescueHost(): Promise<void> {
    for (const [index, task] of this.#rescue.entries()) {
      if (this.#context.interrupted()) break
      const status = await this.#runTask(task, { tasks: this.#rescue.slice(index + 1), handlers: [] })
      if (status !== 'ok' && status !== 'changed') break
    }
  }

  /**
   * Runs the pending handlers.
   * @param start false where the play stops before this host: its handlers stay pending
   * @returns whether the host may go on to the next play
   */
  async runHandlers(start: boolean): Promise<boolean> {
    this.#failed ||= !start
    for (const [index, handler] of this.#handlers.entries()) {
      if (this.#stopped()) break
      const following = { tasks: [], handlers: this.#handlers.slice(index + 1) }
      if (await this.#isPending(handler, following)) await this.#runTask(handler, following, true)
      else this.#context.pendingHandlers.cleared(this.#host.name, handlerIdOf(handler))
    }
    return !this.#failed
  }

  /** Whether a handler is pending. Where that can't be read, the handler itself fails and says why. */
  async #isPending(handler: Task, following: Following): Promise<boolean> {
    const facts = pendingFact(handler)
    try {
      if (!this.#reader.holds(facts)) await this.#reader.fetch([facts, ...this.#ahead(following)])
      return (await this.#reader.values(facts))['pending'] !== false
    } catch {
      return true
    }
  }

  /**
   * What is read along with a task's facts: those of the tasks that follow in the play and, as long as the run has
   * changed nothing, those of the plays that follow, so that a run with nothing to do waits for its hosts once. Once it
   * has, more changes are likely, and what costs the host something would be read in vain. Of a handler that nobody has
   * notified, only whether it is pending is read.
   */
  #ahead({ tasks, handlers }: Following): readonly Facts[] {
    const { readers, later } = this.#context
    const own = [
      ...tasks.map(({ facts }) => facts),
      ...handlers.map(pendingFact),
      ...handlers.filter(handler => this.#notified.has(handlerIdOf(handler))).map(({ facts }) => facts),
    ]
    if (readers.isChanging) return own.map(facts => without(facts, 'slow', 'waits'))
    return [...own, ...later(this.#play, this.#host.name).map(facts => without(facts, 'slow'))]
  }

  #stopped(): boolean {
    return this.#failed || this.#context.interrupted()
  }

  /** The tasks of the host; a play that branches on facts reads them first. */
  async #tasks(): Promise<readonly Task[]> {
    const { known, knownRescue, facts, name, tags } = this.#play
    const select = (tasks: readonly Task[]): readonly Task[] =>
      tasks.filter(task => this.#context.selects([...tags, ...task.tags]))
    const prepared = known.get(this.#host.name)
    this.#rescue = select(knownRescue.get(this.#host.name) ?? [])
    if (prepared) return select(prepared)
    if (this.#stopped()) return []
    try {
      const source = this.#context.playbookSource
      const values = await this.#reader.values(facts)
      const tasks = tasksOf(this.#play, this.#play.tasks, this.#host, values, source)
      const rescue = tasksOf(this.#play, this.#play.rescue, this.#host, values, source)
      const problems = taskProblems([...tasks, ...rescue], source).map(problem => ({
        ...problem,
        path: `play ${name}, host ${this.#host.name}, ${problem.path}`,
      }))
      if (problems.length > 0) throw new ParamsError('parameters are refused', problems)
      this.#context.learnSecrets([...tasks, ...rescue])
      this.#context.pendingHandlers.branched(this.#host.name, name, tasks, tags)
      this.#rescue = select(rescue)
      return select(tasks)
    } catch (error) {
      if (error instanceof LockedError && this.#stopped()) return []
      const status = isUnreachable(error, this.#host.name) ? 'unreachable' : 'failed'
      this.#end(
        { name: 'facts of the play', module: 'play' },
        { status, changes: [], pending: [], failure: failureOf(error) },
        0,
      )
      return []
    }
  }

  async #runTask(task: Task, following: Following, isHandler = false): Promise<TaskStatus> {
    const { hosts, predictions, report, interrupted, pendingHandlers } = this.#context
    const host = this.#host.name
    report({ event: 'task-start', play: this.#play.name, host, task: task.name })
    const start = performance.now()
    const changesBefore = this.#reader.changes
    const hasBegun = (): boolean => this.#reader.changes > changesBefore
    const ahead = (): readonly Facts[] => {
      if (hasBegun()) for (const handler of task.notify) this.#notified.add(handlerIdOf(handler))
      return this.#ahead(following)
    }
    let planned: readonly Step[] = []
    const approve = (steps: readonly Step[], certain = true): HaqError | undefined => {
      planned = steps
      return this.#context.approve({ play: this.#play.name, host, task: task.name, certain }, steps)
    }
    const run = { task, host, reader: this.#reader, ahead }
    let outcome: Outcome
    if (predictions) {
      const checked = await checkTask(run, this.#changesPending(task))
      const steps = stepsOf(checked.plan)
      approve(steps, checked.certain)
      predictions.fold(host, steps)
      if (steps.length > 0)
        for (const handler of task.notify) predictions.foldFact(host, isPending(handlerIdOf(handler)), true)
      outcome = checked
    } else {
      const recorder = this.#context.recorder?.task(this.#play.name, host, task)
      outcome = await converge(run, { shell: hosts.shell(host), interrupted, approve, recorder })
    }
    if (outcome.changes.length > 0 || outcome.pending.length > 0) this.#context.changing.add(host)
    if (outcome.status === 'changed') pendingHandlers.applied(host, planned)
    if (hasBegun()) pendingHandlers.notified(host, task, outcome.status === 'unreachable')
    if (isHandler && (outcome.status === 'ok' || outcome.status === 'changed'))
      pendingHandlers.cleared(host, handlerIdOf(task))
    // A handler that was not pending has nothing to report.
    if (!isHandler || outcome.status !== 'ok') this.#end(task, outcome, (performance.now() - start) / 1000)
    return outcome.status
  }

  /** Whether a host that the task looks at is still going to change, so that what is not met may yet be. */
  #changesPending(task: Task): boolean {
    const looksAt = Object.values(task.facts).map(fact => fact.host ?? this.#host.name)
    return [this.#host.name, ...looksAt].some(host => this.#context.changing.has(host))
  }

  #skip(task: Task): void {
    this.#end(task, { status: 'skipped', changes: [], pending: [] }, 0)
  }

  #end(task: Pick<Task, 'name' | 'module'>, outcome: Outcome, seconds: number): void {
    if (outcome.status === 'failed' || outcome.status === 'unreachable') this.#failed = true
    this.#context.report({
      event: 'task',
      play: this.#play.name,
      host: this.#host.name,
      task: task.name,
      module: task.module,
      status: outcome.status,
      changes: outcome.changes,
      pending: outcome.pending,
      failure: outcome.failure,
      seconds: Math.round(seconds * 1000) / 1000,
    })
  }
}

/** The facts but for those that are of one of the kinds. */
function without(facts: Facts, ...kinds: readonly ('slow' | 'waits')[]): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, fact]) => !kinds.some(kind => fact[kind])))
}
