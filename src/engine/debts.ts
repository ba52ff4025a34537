import type { Task } from '../core/task.ts'
import { debts } from '../facts/debt.ts'
import type { CompiledPlaybook } from '../playbook/compile.ts'
import type { HostShell } from '../transport/host-shell.ts'

/** What one host owes, and which handlers may pay it. */
interface HostDebts {
  readonly owed: Set<string>
  /** Handlers of this run by debt, with their names. */
  readonly handlers: Map<string, string>
  /** Handlers that the playbook has for the host, but that `--tags` leaves out. */
  readonly leftOut: Map<string, string>
  /** Plays whose tasks for the host are not known yet. */
  readonly open: Set<string>
  /** The connection broke during a change: whether its debt was written down is not known. */
  isLost: boolean
}

/** What the hosts of a run owe to handlers: what they owed before it, and what its own tasks left. */
export class DebtLedger {
  readonly #hosts = new Map<string, HostDebts>()
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

  /** The debts that stand on a host. @throws {ConnectError} when the connection is lost */
  static async read(shell: HostShell): Promise<readonly string[]> {
    const { status, stdout } = await shell.read(debts)
    return status === 0 ? debts.parse(stdout) : []
  }

  /** Takes up what a host owed when the run came to it. */
  arrived(host: string, owed: readonly string[]): void {
    for (const debt of owed) this.#of(host).owed.add(debt)
  }

  /** Takes up the tasks of a play that branched on the host's facts. */
  branched(host: string, play: string, tasks: readonly Task[], tags: readonly string[]): void {
    if (this.#of(host).open.delete(play)) this.#learn(host, tasks, tags)
  }

  /** A task has begun to change the host. */
  begun(host: string, task: Task, isLost: boolean): void {
    const entry = this.#of(host)
    for (const { debt } of task.notify) {
      if (debt === undefined) continue
      entry.owed.add(debt)
      if (isLost) entry.isLost = true
    }
  }

  /** A handler ran, or found that it is owed nothing. */
  paid(host: string, debt: string): void {
    this.#of(host).owed.delete(debt)
  }

  /** What is owed at the end of a run, one sentence a host and reason. */
  warnings(): readonly string[] {
    return [...this.#hosts].flatMap(([host, entry]) => {
      const owed = [...entry.owed].toSorted()
      const later = owed.filter(debt => entry.handlers.has(debt))
      const others = owed.filter(debt => !entry.handlers.has(debt))
      const leftOut = others.filter(debt => entry.leftOut.has(debt))
      // A play that was not reached may have the handler.
      const strange = entry.open.size > 0 ? [] : others.filter(debt => !entry.leftOut.has(debt))
      const names = (some: readonly string[], known: ReadonlyMap<string, string>): string =>
        some.map(debt => known.get(debt) ?? debt).join(', ')
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
      for (const { debt, name } of task.notify)
        if (debt !== undefined) (this.#selects([...tags, ...task.tags]) ? handlers : leftOut).set(debt, name)
  }

  #of(host: string): HostDebts {
    const entry = this.#hosts.get(host) ?? {
      owed: new Set(),
      handlers: new Map(),
      leftOut: new Map(),
      open: new Set(),
      isLost: false,
    }
    this.#hosts.set(host, entry)
    return entry
  }
}
