import type { Facts } from '../core/fact.ts'
import type { Task } from '../core/task.ts'
import { debt } from '../facts/debt.ts'

/** Every handler that the tasks could notify, once: a debt may also come from a run that was killed. */
export function handlersOf(tasks: readonly Task[]): readonly Task[] {
  return [...new Map(tasks.flatMap(task => task.notify).map(handler => [handler.debt, handler])).values()]
}

/** All that has to be known of a handler as long as nothing is owed to it. */
export function owedTo(handler: Task): Facts {
  return { owed: debt(debtOf(handler)) }
}

export function debtOf(handler: Task): string {
  return handler.debt ?? ''
}
