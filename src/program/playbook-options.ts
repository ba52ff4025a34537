import type { HostRecap } from '../engine/events.ts'
import type { SavedPlan } from '../plan/saved-plan.ts'
import type { Secret } from '../core/secret.ts'

/** What a program says of a run beside its playbook. Everything but the inventory has a default. */
export interface PlaybookOptions {
  /** The inventory's file, its name without the ending, or a folder with `hosts.*`. */
  readonly inventory: string
  /** Patterns of hosts: names, groups, globs; `!` excludes, `&` intersects. All hosts when left out. */
  readonly limit?: readonly string[] | undefined
  /** Only plays and tasks with one of these tags. */
  readonly tags?: readonly string[] | undefined
  /** Variables that win over the inventory. */
  readonly vars?: Readonly<Record<string, string>> | undefined
  /** Hosts at a time, 1 to 1000; follows cores and free memory when left out. */
  readonly forks?: number | undefined
  /** Log in as this user, whatever the inventory says. */
  readonly user?: string | undefined
  /** Become root by sudo, whatever the inventory says. */
  readonly become?: boolean | undefined
  /** For hosts of which neither the options nor the inventory say it. */
  readonly defaults?: { readonly user?: string | undefined; readonly become?: boolean | undefined } | undefined
  /** sudo's password; a function is asked only when everything else is known to be right. */
  readonly becomePassword?: Secret | (() => Promise<Secret>) | undefined
  /** Seconds to wait for a host that another run holds, 0 to 86400 (default 30). */
  readonly lockTimeout?: number | undefined
  /** Seconds for which ssh keeps a connection open for the next run, 0 to 86400 (default 60). */
  readonly keepConnections?: number | undefined
  /** Names of variables that ssh gets beside the usual ones, as a `ProxyCommand` may need; none when left out. */
  readonly sshEnvironment?: readonly string[] | undefined
  /** MiB that a fact or a step may print on each of its streams, 1 to 256 (default 32). */
  readonly outputLimit?: number | undefined
  /** Run against the inventory's lab instead of its hosts. */
  readonly lab?: boolean | undefined
  /** Report each script that runs on a host, too. */
  readonly trace?: boolean | undefined
  /** Ends the run: steps in hand are finished, and none is started. */
  readonly signal?: AbortSignal | undefined
  /** The command line or program that the journal names; `[]` when left out. */
  readonly args?: readonly string[] | undefined
}

/** How a run ended. */
export interface PlaybookResult {
  /** How many tasks ended how, by host. */
  readonly hosts: Readonly<Record<string, HostRecap>>
  /** The run was ended by its signal. */
  readonly interrupted: boolean
}

/** Options of runPlaybook. */
export interface RunPlaybookOptions extends PlaybookOptions {
  /** Show what a run would do, and change nothing. */
  readonly check?: boolean | undefined
}

/** A plan, and how the hosts answered while it was made. */
export interface PlanResult extends PlaybookResult {
  /** `undefined` when the run was interrupted: half a plan is none. */
  readonly plan: SavedPlan | undefined
}

/** Options of applyPlan: all else is the plan's. */
export type ApplyPlanOptions = Omit<
  PlaybookOptions,
  'inventory' | 'limit' | 'tags' | 'vars' | 'user' | 'become' | 'lab'
>
