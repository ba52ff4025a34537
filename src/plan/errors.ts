import { HaqError, type ErrorContext } from '../core/errors.ts'

/** A saved plan can't be read, or is no longer what a run would do. */
export class PlanError extends HaqError {
  constructor(message: string, context?: ErrorContext) {
    super('PLAN', message, context)
  }
}
