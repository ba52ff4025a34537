import * as z from 'zod'
import type { Facts, Values } from '../core/fact.ts'
import type { Task } from '../core/task.ts'
import type { Group, Host } from './group.ts'
import { inWords, playbookMistakes, playMistakes } from './mistakes.ts'

/** What a play says beside its tasks. */
export interface PlayOptions<H extends Host = Host, F extends Facts = Facts> {
  /** The hosts to run on: a group, or any list of hosts. */
  readonly hosts: readonly H[]
  /** How many hosts at a time; all of them, up to `--forks`, when left out. */
  readonly serial?: number
  /**
   * How many hosts at a time run the play's handlers, once all hosts have done its tasks: for services that may all be
   * changed at once, and not restarted at once. Where a host failed, the others run none, and their handlers stay pending.
   */
  readonly serialHandlers?: number
  /** End the run where a host fails: no host goes on to a later play, for plays that need what this one makes sure of. */
  readonly anyErrorsFatal?: boolean
  readonly tags?: readonly string[]
  /** Connect anew, for after a play that reboots hosts or cuts them off: else a connection that is lost stays lost. */
  readonly reconnect?: boolean
  /**
   * Facts by which the play branches on what a host is; its tasks get their values. They are read before the play's
   * tasks are known.
   */
  readonly facts?: F
  /**
   * Tasks for a host on which a task has failed after the play changed something there: they bring the host back into
   * service. The host has failed all the same. They don't run in check mode, nor on a host that was lost.
   */
  readonly rescue?: (host: H, facts: Values<F>) => readonly Task[]
}

/** Tasks for a set of hosts. Each host goes through them in order, at its own pace. */
export interface Play {
  readonly name: string
  readonly hosts: readonly Host[]
  readonly serial: number | undefined
  readonly serialHandlers: number | undefined
  readonly anyErrorsFatal: boolean
  readonly tags: readonly string[]
  readonly reconnect: boolean
  readonly facts: Facts
  readonly tasks: (host: Host, facts: Readonly<Record<string, unknown>>) => readonly Task[]
  readonly rescue: (host: Host, facts: Readonly<Record<string, unknown>>) => readonly Task[]
  /** What is wrong with it; a play with problems meets no host. */
  readonly problems: readonly string[]
}

const emptyPlay: Omit<Play, 'name' | 'problems'> = {
  hosts: [],
  serial: undefined,
  serialHandlers: undefined,
  anyErrorsFatal: false,
  tags: [],
  reconnect: false,
  facts: {},
  tasks: () => [],
  rescue: () => [],
}

/**
 * Tasks for a set of hosts.
 * @param tasks gives the tasks of one host: loops, conditions and composition are TypeScript's own
 */
export function play<H extends Host, F extends Facts = Facts>(
  name: string,
  options: PlayOptions<H, F>,
  tasks: (host: H, facts: Values<F>) => readonly Task[],
): Play {
  const problems = playMistakes(name, options, tasks)
  if (problems.length > 0) return { ...emptyPlay, name: nameOf(name), problems }
  return {
    name,
    hosts: options.hosts,
    serial: options.serial,
    serialHandlers: options.serialHandlers,
    anyErrorsFatal: options.anyErrorsFatal ?? false,
    tags: options.tags ?? [],
    reconnect: options.reconnect ?? false,
    facts: options.facts ?? {},
    tasks: tasks as Play['tasks'],
    rescue: (options.rescue ?? (() => [])) as Play['rescue'],
    problems,
  }
}

/** The name as it may be printed; in JavaScript, it may be anything. */
const nameOf = (name: unknown): string => (typeof name === 'string' ? name : inWords(name))

/** What the plays of a playbook are made from. */
export interface PlaybookContext<V> {
  /** A group of the inventory by name; its hosts carry the playbook's variables. */
  readonly group: (name: string) => Group<V>
  /** A group that the inventory may do without. */
  readonly findGroup: (name: string) => Group<V> | undefined
}

export interface PlaybookDefinition<V extends z.ZodObject> {
  readonly name: string
  /** The variables that the playbook takes from the inventory and `-e`, checked before any host is touched. */
  readonly vars?: V
  readonly plays: (context: PlaybookContext<z.output<V>>) => readonly Play[]
}

/** A playbook, as `haq run` takes it: the default export of its file. */
export interface Playbook {
  readonly name: string
  readonly vars: z.ZodObject
  readonly plays: (context: PlaybookContext<Record<string, unknown>>) => readonly Play[]
  /** What is wrong with it, before it meets an inventory. */
  readonly problems: readonly string[]
}

const playbookMark = Symbol.for('haq.playbook')

/** Declares a playbook: its variables and its plays. */
export function playbook<V extends z.ZodObject = z.ZodObject>(definition: PlaybookDefinition<V>): Playbook {
  const problems = playbookMistakes(definition)
  const given: Playbook =
    problems.length > 0
      ? { name: '', vars: z.object({}), plays: () => [], problems }
      : {
          name: definition.name,
          vars: definition.vars ?? z.object({}),
          plays: definition.plays as unknown as Playbook['plays'],
          problems,
        }
  return Object.assign(given, { [playbookMark]: true })
}

export function isPlaybook(value: unknown): value is Playbook {
  return typeof value === 'object' && value !== null && playbookMark in value
}

/** Whether a value was made by `play`. */
export function isPlay(value: unknown): value is Play {
  return typeof value === 'object' && value !== null && 'tasks' in value && 'problems' in value
}
