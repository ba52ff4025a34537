/** A state of a host and what a module must plan for it. */
export interface ModuleFixture {
  /** What is special about this state. */
  readonly name: string
  readonly params: unknown
  /** Values by the names that the module's `facts` gives them. */
  readonly facts: Readonly<Record<string, unknown>>
  /** The changes that the plan must show, in order, as `what: from → to`. */
  readonly changes: readonly string[]
  /** The requirements that are not met or not known to be, by their sentence. */
  readonly unmet?: readonly string[]
  /** What the operator reads when a run fails on them, one sentence for each that is not met. */
  readonly sentences?: readonly string[]
}

/** Parameters that a module must refuse. */
export interface RefusedParams {
  readonly params: unknown
  /** Each problem as `path: message`. */
  readonly problems: readonly string[]
}

/** A test for any runner: a name and a function that throws when the law is broken. */
export interface LawTest {
  readonly name: string
  readonly run: () => void
}
