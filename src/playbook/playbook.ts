import * as z from 'zod'
import type { Facts, Values } from '../core/fact.ts'
import type { Task } from '../core/task.ts'
import type { Group, Host } from './group.ts'
import { inWords, playbookMistakes, playMistakes } from './mistakes.ts'

/** The options of a play. */
export interface PlayOptions<H extends Host = Host, F extends Facts = Facts> {
  /** The hosts to run on: a group, or any list of hosts. */
  readonly hosts: readonly H[]
  /** The number of hosts at a time; by default all hosts, up to `--forks`. */
  readonly serial?: number
  /**
   * The number of hosts that run the play's handlers at a time, after all hosts have run the tasks. Use it for services
   * that must not restart on all hosts at once. If a host failed, no host runs handlers, and notified handlers stay
   * pending.
   */
  readonly serialHandlers?: number
  /** End the run after this play if a host failed. Use it when later plays need all hosts of this play. */
  readonly anyErrorsFatal?: boolean
  readonly tags?: readonly string[]
  /** Make new connections to the hosts, for example after a play that reboots them: a lost connection stays lost. */
  readonly reconnect?: boolean
  /**
   * Facts that the play branches on. They are read first, and the function that makes the tasks gets their values.
   */
  readonly facts?: F
  /**
   * Tasks for a host on which a task has failed after the play changed something there: they bring the host back into
   * service. The host has failed all the same. They don't run in check mode, nor on a host that was lost.
   */
  readonly rescue?: (host: H, facts: Values<F>) => readonly Task[]
}

/** Tasks for a set of hosts. Each host runs them in order, without waiting for the other hosts. */
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
 * Declares a play: tasks for a set of hosts.
 * @param tasks returns the tasks of one host; use TypeScript for loops and conditions
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
  /** A group of the inventory by name. Its hosts have the playbook's variables. */
  readonly group: (name: string) => Group<V>
  /** A group that the inventory may or may not have. */
  readonly findGroup: (name: string) => Group<V> | undefined
}

export interface PlaybookDefinition<V extends z.ZodObject> {
  readonly name: string
  /** The variables that the playbook uses. They come from the inventory and `-e`, and are checked before a run. */
  readonly vars?: V
  readonly plays: (context: PlaybookContext<z.output<V>>) => readonly Play[]
}

/** A playbook: the default export of a playbook file. */
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
