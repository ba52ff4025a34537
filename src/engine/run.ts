import { MaskedText, redactor, secretsIn, type Secret } from '../core/secret.ts'
import type { Fact, Facts } from '../core/fact.ts'
import type { Task } from '../core/task.ts'
import type { CompiledPlay, CompiledPlaybook } from '../playbook/compile.ts'
import type { HostShell } from '../transport/host-shell.ts'
import { firstContact } from './first-contact.ts'
import { PendingHandlers } from './pending-handlers.ts'
import { emptyRecap, type HostRecap, type Report } from './events.ts'
import { Hosts } from './hosts.ts'
import { handlersOf, pendingFact } from './handlers.ts'
import { JournalKeys } from './journal-keys.ts'
import { HostLocks, type LockOptions } from './lock.ts'
import { plannedStep, type Approve } from './planned.ts'
import { runPlay } from './play.ts'
import type { RunContext } from './run-context.ts'
import { Predictions } from './predictions.ts'
import { Readers } from './readers.ts'
import { RunRecorder, type JournalSink } from './recorder.ts'

/** What a run is told beside its playbook. */
export interface RunOptions {
  readonly check: boolean
  /** How many hosts at a time. */
  readonly forks: number
  /** The hosts that `--limit` leaves. */
  readonly limit: ReadonlySet<string>
  /** Tags to run; empty for everything. */
  readonly tags: readonly string[]
  readonly playbookSource: string
  readonly secrets: Iterable<Secret>
  readonly openShell: (host: string) => HostShell
  readonly report: Report
  /** No step is started once it is aborted. */
  readonly signal: AbortSignal
  /** Where the steps and how they are undone are written down. */
  readonly journal?: JournalSink | undefined
  /** Keeps other runs from the hosts that this one may change; no lock is taken without. */
  readonly lock?: LockOptions
  /** Report every script that runs on a host. */
  readonly trace?: boolean
  /** Sees what was planned, and may refuse it. */
  readonly approve?: Approve
}

export interface RunResult {
  readonly hosts: Readonly<Record<string, HostRecap>>
  readonly roundTrips: Readonly<Record<string, number>>
  /** Masks every secret that the run came to know. */
  readonly redact: (text: string) => string
}

/** Runs a playbook: plays one after the other, the hosts of a play in parallel. */
export async function runPlaybook(playbook: CompiledPlaybook, options: RunOptions): Promise<RunResult> {
  const recap = new Map<string, HostRecap>()
  const secrets = new Set(options.secrets)
  const learnSecrets = (tasks: readonly Task[]): void => {
    for (const secret of secretsIn(tasks.map(({ params, notify }) => [params, notify.map(task => task.params)])))
      secrets.add(secret)
  }
  for (const { known, knownRescue } of playbook.plays)
    for (const tasks of [...known.values(), ...knownRescue.values()]) learnSecrets(tasks)
  const redact = eventRedactor(secrets)
  const report: Report = event => {
    if (event.event === 'host') recapOf(recap, event.host)
    if (event.event === 'task') recapOf(recap, event.host)[event.status]++
    options.report(redact(event))
  }
  const interrupted = (): boolean => options.signal.aborted
  const selects = (tags: readonly string[]): boolean =>
    options.tags.length === 0 || tags.some(tag => options.tags.includes(tag))
  const warn = (message: string): void => report({ event: 'warning', message })
  const pendingHandlers = new PendingHandlers(playbook, selects)
  const journalKeys = new JournalKeys()
  const locks = options.check || !options.lock ? undefined : new HostLocks(options.lock, warn, interrupted)
  const openShell = (host: string): HostShell => {
    const shell = options.openShell(host)
    if (options.trace) shell.onEvent = event => report({ ...event, host })
    return shell
  }
  const hosts = new Hosts(openShell, firstContact(locks, pendingHandlers, options.journal && journalKeys))
  options.signal.addEventListener('abort', () => hosts.stop(), { once: true })
  const predictions = options.check ? new Predictions() : undefined
  const context: RunContext = {
    hosts,
    readers: new Readers(hosts, predictions),
    later: (play, host) => (play.hosts.length > options.forks ? [] : laterFacts(playbook, play, host, selects)),
    report,
    learnSecrets,
    interrupted,
    selects,
    pendingHandlers,
    playbookSource: options.playbookSource,
    predictions,
    changing: new Set(),
    recorder: options.journal && new RunRecorder(options.journal, journalKeys, redact),
    approve: (task, steps) =>
      options.approve?.({ ...task, steps: steps.map(step => plannedStep(step, redactor(secrets))) }),
  }
  try {
    report({ event: 'run', playbook: playbook.name, check: options.check })
    const failed = new Set<string>()
    const lastPlays = lastPlaysOf(playbook)
    for (const play of playbook.plays) {
      if (context.interrupted()) break
      const playHosts = play.hosts.filter(host => options.limit.has(host.name) && !failed.has(host.name))
      if (playHosts.length > 0) await runPlay(context, play, playHosts, options.forks, failed, lastPlays)
      if (play.anyErrorsFatal && play.hosts.some(({ name }) => failed.has(name))) {
        if (play !== playbook.plays.at(-1))
          warn(`the run ends with play ${play.name}: the plays after it need all of its hosts`)
        break
      }
    }
    for (const message of pendingHandlers.warnings()) warn(message)
    await context.recorder?.readAgain(hosts)
    const result: RunResult = {
      hosts: Object.fromEntries(recap),
      roundTrips: hosts.roundTrips,
      redact: redactor(secrets),
    }
    report({ event: 'recap', check: options.check, hosts: result.hosts })
    return result
  } finally {
    await hosts.close()
  }
}

function laterFacts(
  { plays }: CompiledPlaybook,
  play: CompiledPlay,
  host: string,
  selects: RunContext['selects'],
): readonly Facts[] {
  return plays.slice(plays.indexOf(play) + 1).flatMap(({ known, tags }) => {
    const tasks = (known.get(host) ?? []).filter(task => selects([...tags, ...task.tags]))
    return [...tasks.map(({ facts }) => facts), ...handlersOf(tasks).map(pendingFact)]
  })
}

/**
 * The last play of each host: after it, a thousand hosts need not hold a thousand connections. A host at which others
 * look, as at the first one of a cluster, is kept to the end.
 */
function lastPlaysOf({ plays }: CompiledPlaybook): ReadonlyMap<string, CompiledPlay> {
  const last = new Map(plays.flatMap(play => play.hosts.map(({ name }) => [name, play] as const)))
  for (const { known } of plays)
    for (const tasks of known.values())
      for (const { facts } of tasks) for (const { host } of withGiven(facts)) if (host !== undefined) last.delete(host)
  return last
}

/** Facts, and those that they follow from. */
function withGiven(facts: Facts): readonly Fact<unknown>[] {
  return Object.values(facts).flatMap(fact => [fact, ...Object.values(fact.given?.facts ?? {})])
}

function recapOf(recap: Map<string, HostRecap>, host: string): HostRecap {
  const entry = recap.get(host) ?? emptyRecap()
  recap.set(host, entry)
  return entry
}

/** Fields that programs parse: they are never masked, or the event would no longer say which host it is about. */
const plainKeys: ReadonlySet<string> = new Set(['event', 'status', 'host', 'hosts', 'module'])

/** Masks secrets in everything that is reported: hosts and tools may print what they were given. */
function eventRedactor(secrets: ReadonlySet<Secret>): <T>(event: T) => T {
  let known = -1
  let redact = (text: string): string => text
  const mask = (value: unknown): unknown => {
    if (typeof value === 'string') return redact(value)
    if (Array.isArray(value)) return value.map(mask)
    if (value instanceof MaskedText) return new MaskedText(redact(value.reveal()), redact(value.toString()))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, plainKeys.has(key) ? (part as unknown) : mask(part)]),
    )
  }
  return <T>(event: T): T => {
    if (secrets.size === 0) return event
    if (secrets.size !== known) redact = redactor(secrets)
    known = secrets.size
    return mask(event) as T
  }
}
