import type { Step } from '../core/step.ts'
import type { Task } from '../core/task.ts'
import { allPending, pendingName } from '../facts/pending.ts'
import type { CompiledPlaybook } from '../playbook/compile.ts'
import type { HostShell } from '../transport/host-shell.ts'

/** The pending handlers of one host, and the handlers that this run has for it. */
interface HostHandlers {
  /** Ids of what is pending. */
  readonly pending: Set<string>
  /** Handlers of this run by id, with their names. */
  readonly handlers: Map<string, string>
  /** Handlers that the playbook has for the host, but that `--tags` leaves out. */
  readonly leftOut: Map<string, string>
  /** Plays whose tasks for the host are not known yet. */
  readonly open: Set<string>
  /** The connection broke during a change: whether the host had marked the handler as pending is not known. */
  isLost: boolean
}

/** The pending handlers of a run's hosts: those of earlier runs, and those that its own tasks notified. */
export class PendingHandlers {
  readonly #hosts = new Map<string, HostHandlers>()
  readonly #selects: (tags: readonly string[]) => boolean

  /** @param selects whether `--tags` chooses a task with these tags */
  constructor({ plays }: CompiledPlaybook, selects: (tags: readonly string[]) => boolean) {
    this.#selects = selects
    for (const { name, hosts, known, tags } of plays)
      for (const { name: host } of hosts) {
        const tasks = known.get(host)
        if (tasks) this.#learn(host, tasks, tags)
        else this.#of(host).open.add(name)
      }
  }

  /** Reads what is pending on a host. @throws {ConnectError} when the connection is lost */
  static async read(shell: HostShell): Promise<readonly string[]> {
    const { status, stdout } = await shell.read(allPending)
    return status === 0 ? allPending.parse(stdout) : []
  }

  /** Adds what was pending on a host when the run came to it. */
  found(host: string, ids: readonly string[]): void {
    for (const id of ids) this.#of(host).pending.add(id)
  }

  /** Adds the tasks of a play that branched on the host's facts. */
  branched(host: string, play: string, tasks: readonly Task[], tags: readonly string[]): void {
    if (this.#of(host).open.delete(play)) this.#learn(host, tasks, tags)
  }

  /** A task has begun to change the host, and so notified its handlers. */
  notified(host: string, task: Task, isLost: boolean): void {
    const entry = this.#of(host)
    for (const { handlerId } of task.notify) {
      if (handlerId === undefined) continue
      entry.pending.add(handlerId)
      if (isLost) entry.isLost = true
    }
  }

  /** Steps were applied: what they clear, such as the mark of a join that an earlier run began, is not pending any more. */
  applied(host: string, steps: readonly Step[]): void {
    for (const { fact, value } of steps.flatMap(({ predicts }) => predicts)) {
      const name = pendingName(fact)
      if (name !== undefined && value === false) this.cleared(fact.host ?? host, name)
    }
  }

  /** A handler ran, or is not pending after all. */
  cleared(host: string, id: string): void {
    this.#of(host).pending.delete(id)
  }

  /** What is still pending at the end of a run, one sentence for each host and reason. */
  warnings(): readonly string[] {
    return [...this.#hosts].flatMap(([host, entry]) => {
      const pending = [...entry.pending].toSorted()
      const later = pending.filter(id => entry.handlers.has(id))
      const others = pending.filter(id => !entry.handlers.has(id))
      const leftOut = others.filter(id => entry.leftOut.has(id))
      // A play that was not reached may have the handler.
      const strange = entry.open.size > 0 ? [] : others.filter(id => !entry.leftOut.has(id))
      const names = (some: readonly string[], known: ReadonlyMap<string, string>): string =>
        some.map(id => known.get(id) ?? id).join(', ')
      const handlers = (some: readonly string[]): string =>
        some.length === 1 ? 'a pending handler' : 'pending handlers'
      const it = (some: readonly string[]): string => (some.length === 1 ? 'it' : 'them')
      const has = entry.isLost ? 'may have' : 'has'
      return [
        ...(later.length > 0
          ? [`${host} ${has} ${handlers(later)}: ${names(later, entry.handlers)}; the next run runs ${it(later)}`]
          : []),
        ...(leftOut.length > 0
          ? [
              `${host} has ${handlers(leftOut)} from an earlier run: ${names(leftOut, entry.leftOut)}; --tags leaves ${it(leftOut)} out of this run`,
            ]
          : []),
        ...(strange.length > 0
          ? [
              `${host} has ${handlers(strange)} from an earlier run: ${strange.join(', ')}; this playbook does not run ${it(strange)}`,
            ]
          : []),
      ]
    })
  }

  #learn(host: string, tasks: readonly Task[], tags: readonly string[]): void {
    const { handlers, leftOut } = this.#of(host)
    for (const task of tasks)
      for (const { handlerId, name } of task.notify)
        if (handlerId !== undefined) (this.#selects([...tags, ...task.tags]) ? handlers : leftOut).set(handlerId, name)
  }

  #of(host: string): HostHandlers {
    const entry = this.#hosts.get(host) ?? {
      pending: new Set(),
      handlers: new Map(),
      leftOut: new Map(),
      open: new Set(),
      isLost: false,
    }
    this.#hosts.set(host, entry)
    return entry
  }
}
