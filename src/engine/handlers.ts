import type { Facts } from '../core/fact.ts'
import type { Task } from '../core/task.ts'
import { isPending } from '../facts/pending.ts'

/** Every handler that the tasks could notify, once: it may also be pending since a run that was killed. */
export function handlersOf(tasks: readonly Task[]): readonly Task[] {
  return [...new Map(tasks.flatMap(task => task.notify).map(handler => [handler.handlerId, handler])).values()]
}

/** Whether a handler is pending: all that has to be read for it until it is. */
export function pendingFact(handler: Task): Facts {
  return { pending: isPending(handlerIdOf(handler)) }
}

export function handlerIdOf(handler: Task): string {
  return handler.handlerId ?? ''
}
