/** A state of a host and what a module must plan for it. */
export interface ModuleFixture {
  /** A name that says what is special about this state. */
  readonly name: string
  readonly params: unknown
  /** The values of the facts, by their names in the module's `facts`. */
  readonly facts: Readonly<Record<string, unknown>>
  /** The changes that the plan must show, in order, as `what: from → to`. */
  readonly changes: readonly string[]
  /** The requirements that are not met, or of which it is not known, by their sentence. */
  readonly unmet?: readonly string[]
  /** The error messages of a run, one for each requirement that is not met. */
  readonly sentences?: readonly string[]
}

/** Parameters that a module must refuse. */
export interface RefusedParams {
  readonly params: unknown
  /** Each problem as `path: message`. */
  readonly problems: readonly string[]
}

/** A test for any test runner: a name, and a function that throws when the law is broken. */
export interface LawTest {
  readonly name: string
  readonly run: () => void
}
