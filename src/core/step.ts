import type { ByteString } from './bytes.ts'
import type { Fact, Unknown } from './fact.ts'
import type { MaskedText } from './secret.ts'
import type { Script } from './shell.ts'

/** One attribute of a file before and after, such as its mode. */
interface AttributeChange {
  readonly name: string
  readonly from: string
  readonly to: string
}

/** A text before and after, secrets masked. What prints as less than it is, is old content that may hold secrets. */
export interface TextChange {
  readonly before: string | MaskedText
  readonly after: string | MaskedText
  /** Which of the two is not shown as a whole. */
  readonly hidden?: 'before' | 'after'
}

/** What a person reads of a step. */
export interface Change {
  readonly what: string
  readonly from: string
  readonly to: string
  /** The text before and after, where there is a text to compare. */
  readonly diff?: TextChange
  /** Those of a file's attributes that change. */
  readonly attributes?: readonly AttributeChange[]
}

/** What a fact will be once the step is done. */
export interface Prediction {
  readonly fact: Fact<unknown>
  readonly value: unknown
}

/** Says what a fact will be once a step is done; `unknown` where only the run can tell. */
export function predict<T>(fact: Fact<T>, value: T | Unknown): Prediction {
  return { fact, value }
}

/** How to undo a step, or the reason why that is impossible. */
export type Undo = { readonly change: Change; readonly script: Script } | { readonly impossible: string }

interface StepBase {
  readonly change: Change
  readonly predicts: readonly Prediction[]
  /**
   * Facts that the step may change in ways it can't predict: `absent` ones, as a package brings files and units that
   * were not there, or `everything`, as any command may.
   */
  readonly unsettles?: 'absent' | 'everything'
}

/** Owner, group and permission bits (four octal digits). */
export interface Attributes {
  readonly mode: string
  readonly owner: string
  readonly group: string
}

/** A regular file as it was before a step. */
interface FileBefore extends Attributes {
  readonly content?: ByteString
}

/** Replaces or creates a regular file, atomically. */
export interface WriteStep extends StepBase, Attributes {
  readonly kind: 'write'
  readonly path: string
  readonly content: MaskedText
  /** Prints the content on the host, where it lies there and nowhere else; `content` is then not looked at. */
  readonly source?: Script
  /** Checks the new file, whose path it gets as `$1`, before it takes the old one's place. */
  readonly validate?: Script
  readonly before: FileBefore | null | Unknown
}

/** Removes a regular file or a link. */
export interface RemoveStep extends StepBase {
  readonly kind: 'remove'
  readonly path: string
  readonly before: FileBefore | Unknown
}

/** Runs a script. */
export interface RunStep extends StepBase {
  readonly kind: 'run'
  readonly script: Script
  readonly undo: Undo
  /** Finds the reason in what it printed when it failed; without one, the last line is shown. */
  readonly explain?: (said: string) => string | undefined
  /** It runs every time, by its author's own word: that it is still to do proves nothing. */
  readonly always?: true
}

export type Step = WriteStep | RemoveStep | RunStep

/** A precondition of a task. */
export interface Requirement {
  readonly kind: 'require'
  /** A sentence that is true when the requirement is met. */
  readonly that: string
  readonly met: boolean | Unknown
  /** The sentence that the operator reads when it is not met; `that` with "not met" when left out. */
  readonly otherwise?: string
  readonly hint?: string
  /** Seconds that a run waits for it, reading again and again. */
  readonly within?: number
  /**
   * What earlier tasks change is all known: if it is not met in check mode, it is not met in the run either, whatever
   * other changes are pending.
   */
  readonly final?: true
}

/** What must be done on a host for a task; empty when there is nothing to do. */
export type Plan = readonly (Step | Requirement)[]

/** A precondition in a plan. In a run an unmet one fails the task before any of its steps. */
export function require(
  that: string,
  met: boolean | Unknown,
  options: Omit<Requirement, 'kind' | 'that' | 'met'> = {},
): Requirement {
  return { kind: 'require', that, met, ...options }
}

/** A step that runs a script. */
export function run(step: Omit<RunStep, 'kind'>): RunStep {
  return { kind: 'run', ...step }
}

function isStep(item: Step | Requirement): item is Step {
  return item.kind !== 'require'
}

export const stepsOf = (plan: Plan): readonly Step[] => plan.filter(isStep)

/** The steps that must be gone from a plan once it was applied. */
export const provableSteps = (plan: Plan): readonly Step[] =>
  stepsOf(plan).filter(step => step.kind !== 'run' || !step.always)

export const requirementsOf = (plan: Plan): readonly Requirement[] => plan.filter(item => item.kind === 'require')
