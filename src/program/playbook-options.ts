import type { HostRecap } from '../engine/events.ts'
import type { SavedPlan } from '../plan/saved-plan.ts'
import type { Secret } from '../core/secret.ts'

/** The options of a run. All but the inventory have a default. */
export interface PlaybookOptions {
  /** The inventory file, its name without the ending, or a folder with `hosts.*`. */
  readonly inventory: string
  /** Patterns of hosts: names, groups, globs; `!` excludes, `&` intersects. All hosts when left out. */
  readonly limit?: readonly string[] | undefined
  /** Only plays and tasks with one of these tags. */
  readonly tags?: readonly string[] | undefined
  /** Variables that override the inventory. */
  readonly vars?: Readonly<Record<string, string>> | undefined
  /** The number of hosts at a time, 1 to 1000; by default it depends on cores and free memory. */
  readonly forks?: number | undefined
  /** Log in as this user, whatever the inventory says. */
  readonly user?: string | undefined
  /** Become root with sudo, whatever the inventory says. */
  readonly become?: boolean | undefined
  /** Defaults for hosts for which neither the options nor the inventory have a value. */
  readonly defaults?: { readonly user?: string | undefined; readonly become?: boolean | undefined } | undefined
  /** The sudo password. A function is called only after everything else was checked. */
  readonly becomePassword?: Secret | (() => Promise<Secret>) | undefined
  /** Seconds to wait for a host that another run has locked, 0 to 86400 (default 30). */
  readonly lockTimeout?: number | undefined
  /** Seconds that ssh keeps a connection open for the next run, 0 to 86400 (default 60). */
  readonly keepConnections?: number | undefined
  /** Names of further environment variables that ssh gets, for example for a `ProxyCommand`. */
  readonly sshEnvironment?: readonly string[] | undefined
  /** The most MiB that a fact or a step may print on each of its streams, 1 to 256 (default 32). */
  readonly outputLimit?: number | undefined
  /** Run against the inventory's lab instead of its hosts. */
  readonly lab?: boolean | undefined
  /** Also report each script that runs on a host. */
  readonly trace?: boolean | undefined
  /** Interrupts the run: current steps are finished, and no others are started. */
  readonly signal?: AbortSignal | undefined
  /** The command line that the journal shows; `[]` by default. */
  readonly args?: readonly string[] | undefined
}

/** The result of a run. */
export interface PlaybookResult {
  /** For each host, the number of tasks with each status. */
  readonly hosts: Readonly<Record<string, HostRecap>>
  /** The signal interrupted the run. */
  readonly interrupted: boolean
}

/** Options of runPlaybook. */
export interface RunPlaybookOptions extends PlaybookOptions {
  /** Check mode: show what a run would do, and change nothing. */
  readonly check?: boolean | undefined
}

/** A plan, and the result of the check run that made it. */
export interface PlanResult extends PlaybookResult {
  /** `undefined` when the check run was interrupted, because the plan would be incomplete. */
  readonly plan: SavedPlan | undefined
}

/** Options of applyPlan. The plan holds all other options. */
export type ApplyPlanOptions = Omit<
  PlaybookOptions,
  'inventory' | 'limit' | 'tags' | 'vars' | 'user' | 'become' | 'lab'
>
