import type { ByteString } from './bytes.ts'
import { sh, type Script } from './shell.ts'

/** The value of a fact about something that is not there. */
export const absent = null
export type Absent = typeof absent

/** The value of a fact, or of a part of it, that can't be known before the run. Only check mode meets it. */
export const unknown = Symbol.for('haq.unknown')
export type Unknown = typeof unknown

export function isKnown<T>(value: T | Unknown): value is T {
  return value !== unknown
}

/** A fact's place among others of its kind that one script reads together, for the price of one program instead of one each. */
export interface Batch {
  /** Facts with equal ones, asked for at once, are read together. */
  readonly kind: string
  /** What tells the fact from the others. */
  readonly item: string
  /**
   * POSIX sh that writes for each of the items, in their order, what the script of its fact alone would, and behind it
   * what `end` writes: a line break and a line that nobody can guess. `end` is a command of the shell's own, and no other
   * program may get its line as an argument, where every user of the host could read it. Where the script can't do its
   * work, its exit status says so, and each fact is read alone.
   */
  readonly script: (items: readonly string[], end: Script) => Script
}

/** Why a file can't be changed: an attribute of chattr, its file system, the user's rights, or a file in place of a folder. */
export type Lock = 'immutable' | 'append-only' | 'read-only' | 'not-permitted' | 'not-a-directory'

/** What keeps a file from being written or removed at a path, beside the file itself. */
export interface Place {
  /** The file or folder that can't be changed, and why. */
  readonly locked?: { readonly path: string; readonly by: Lock }
  /** The folder, where there is none. */
  readonly missing?: string
  /** Free bytes on the file system, where there are few; none where it has no inode left. */
  readonly free?: number
}

/** Something to read on a host: a read-only script and a parser from its output to a value. */
export interface Fact<T> {
  /** Facts with equal keys on one host are read once. */
  readonly key: string
  /** POSIX sh that changes nothing. Exit status 0, or the fact could not be read. */
  readonly script: Script
  readonly parse: (stdout: ByteString) => T
  /** Facts that this one follows from: when one of them is going to change, this one is unknown until the run. */
  readonly dependsOn?: readonly Fact<unknown>[]
  /** Steps on other hosts change it too, as it is what hosts hold together, such as a cluster. */
  readonly shared?: true
  /** It may take its time where what it asks for is not there: no play reads it ahead for a later one. */
  readonly slow?: true
  /**
   * Its script mostly waits, as for a server: it runs beside those facts that do not and are read along with it, and a
   * run that changes something asks it only for the tasks that want it.
   */
  readonly waits?: true
  /**
   * For a fact about a file: whether the file can be changed. It is read along, and a step that predicts the fact is
   * refused where the file can't be changed, in check mode too.
   */
  readonly place?: Fact<Place>
  /** How it is read along with others of its kind. */
  readonly batch?: Batch
  /** The host to read on, where that is not the task's own. */
  readonly host?: string
  /** It is absent where its host can't be reached. Left out, the task that wants it fails. */
  readonly optional?: true
  /** What must be read first, and the script that follows from it; it is run instead of the fact's own. */
  readonly given?: { readonly facts: Facts; readonly script: (values: Readonly<Record<string, unknown>>) => Script }
}

const nothing = sh`:`

/** What a host is, as far as facts need to know it. */
export interface HostRef {
  readonly name: string
}

/** The same fact on another host: a node that joins a cluster must see the cluster. */
export function on<T>(host: HostRef, fact: Fact<T>): Fact<T> {
  return { ...fact, host: host.name }
}

/** The same fact on another host; absent where that host can't be reached, as a member of a cluster may be down. */
export function onReachable<T>(host: HostRef, fact: Fact<T>): Fact<T | Absent> {
  return { ...fact, host: host.name, optional: true }
}

export type Facts = Readonly<Record<string, Fact<unknown>>>

/**
 * A fact whose script follows from other facts, which may be those of other hosts: whether a host can reach another one
 * by the name that the other one has.
 */
export function given<T, F extends Facts>(
  facts: F,
  fact: Omit<Fact<T>, 'script' | 'given'> & {
    readonly script: (values: { readonly [K in keyof F]: F[K] extends Fact<infer V> ? V : never }) => Script
  },
): Fact<T> {
  type Scripted = NonNullable<Fact<T>['given']>['script']
  const { script, ...rest } = fact
  return { ...rest, script: nothing, given: { facts, script: script as unknown as Scripted } }
}

/** The values of facts, as a plan gets them. */
export type Values<F extends Facts> = {
  readonly [K in keyof F]: (F[K] extends Fact<infer T> ? T : never) | Unknown
}
