/** Where a problem was found and what would be right: one line of a validation report. */
export interface Problem {
  /** File, or what stands for it (`-e`, a task's name). */
  readonly source: string
  /** Path inside the source, such as `groups.web.vars.port`; empty for the whole. */
  readonly path: string
  readonly message: string
}

export interface ErrorContext {
  /** What the operator can do about it, as one sentence. */
  readonly hint?: string | undefined
  readonly host?: string | undefined
  readonly task?: string | undefined
  /** File and path inside it, where the error comes from something that was written. */
  readonly path?: string | undefined
  readonly cause?: unknown
}

/** The root of every error that haq throws on purpose. */
export class HaqError extends Error {
  readonly code: string
  readonly hint: string | undefined
  readonly host: string | undefined
  readonly task: string | undefined
  readonly path: string | undefined

  constructor(code: string, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause })
    this.name = new.target.name
    this.code = code
    this.hint = context.hint
    this.host = context.host
    this.task = context.task
    this.path = context.path
  }
}

/** An error that carries every problem found, not the first. */
class ProblemsError extends HaqError {
  readonly problems: readonly Problem[]

  constructor(code: string, summary: string, problems: readonly Problem[], context?: ErrorContext) {
    super(code, `${summary}\n${problems.map(p => `  ${formatProblem(p)}`).join('\n')}`, context)
    this.problems = problems
  }
}

/** One line: `file: path: message`. */
function formatProblem({ source, path, message }: Problem): string {
  return [source, path, message].filter(part => part !== '').join(': ')
}

/** The command line asks for something that haq does not have. */
export class UsageError extends HaqError {
  constructor(message: string, context?: ErrorContext) {
    super('USAGE', message, context)
  }
}

/** The inventory can't be read, or what it says is wrong. */
export class InventoryError extends ProblemsError {
  constructor(summary: string, problems: readonly Problem[], context?: ErrorContext) {
    super('INVENTORY', summary, problems, context)
  }
}

/** The playbook can't be loaded, or does not hold a playbook. */
export class PlaybookError extends HaqError {
  constructor(message: string, context?: ErrorContext) {
    super('PLAYBOOK', message, context)
  }
}

/** Parameters of modules are wrong; no host was touched. */
export class ParamsError extends ProblemsError {
  constructor(summary: string, problems: readonly Problem[], context?: ErrorContext) {
    super('PARAMS', summary, problems, context)
  }
}

/** A fact could not be read, or its output could not be understood. */
export class FactError extends HaqError {
  constructor(message: string, context?: ErrorContext) {
    super('FACT', message, context)
  }
}

/** A precondition of a task does not hold. */
export class RequirementError extends HaqError {
  constructor(message: string, context?: ErrorContext) {
    super('REQUIREMENT', message, context)
  }
}

/** The host could not be reached, or the connection was lost. */
export class ConnectError extends HaqError {
  constructor(message: string, context?: ErrorContext) {
    super('CONNECT', message, context)
  }
}

/** Another run holds the host. */
export class LockedError extends HaqError {
  constructor(message: string, context?: ErrorContext) {
    super('LOCKED', message, context)
  }
}

/** What a script on a host left behind. */
export interface ScriptOutcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** A step ran and failed. */
export class StepError extends HaqError {
  readonly outcome: ScriptOutcome

  constructor(message: string, outcome: ScriptOutcome, context?: ErrorContext) {
    super('STEP', message, context)
    this.outcome = outcome
  }
}

/** All steps succeeded, and yet the host is not as the task wants it. */
export class NotConvergedError extends HaqError {
  /** What the steps wrote. */
  readonly outcome: ScriptOutcome

  constructor(message: string, outcome: ScriptOutcome, context?: ErrorContext) {
    super('NOT_CONVERGED', message, context)
    this.outcome = outcome
  }
}

/** The journal of a run can't be written, and what the run changes from then on could not be undone. */
export class JournalError extends HaqError {
  constructor(message: string, context?: ErrorContext) {
    super('JOURNAL', message, context)
  }
}

/** The lab can't do what was asked on this machine. */
export class LabError extends HaqError {
  constructor(message: string, context?: ErrorContext) {
    super('LAB', message, context)
  }
}
