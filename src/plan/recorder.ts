import { createHash } from 'node:crypto'
import type { MaskedText } from '../core/secret.ts'
import type { Report } from '../engine/events.ts'
import type { Approve, PlannedTask } from '../engine/planned.ts'
import type { SavedEvent } from './saved-plan.ts'

/** Numbers the tasks of a host that have the same play and name. */
export class TaskCounter {
  readonly #counts = new Map<string, number>()

  /** The number of this task, from 0. */
  next({ play, host, task }: Pick<PlannedTask, 'play' | 'host' | 'task'>): number {
    const key = JSON.stringify([play, host, task])
    const nth = this.#counts.get(key) ?? 0
    this.#counts.set(key, nth + 1)
    return nth
  }
}

/** Makes a plan from the events of check mode. */
export class PlanRecorder {
  readonly events: SavedEvent[] = []
  readonly #counter = new TaskCounter()
  /** The last planned task of each host. A host plans one task after the other. */
  readonly #planned = new Map<string, { readonly planned: PlannedTask; readonly nth: number }>()

  readonly approve: Approve = planned => {
    this.#planned.set(planned.host, { planned, nth: this.#counter.next(planned) })
    return undefined
  }

  readonly report: Report = event => {
    if (event.event === 'task-start' || event.event === 'connected' || event.event === 'script') return
    if (event.event !== 'task') {
      this.events.push(saved(event))
      return
    }
    const last = this.#planned.get(event.host)
    // A skipped task, or one whose facts could not be read, has no plan.
    const isPlanned = last?.planned.play === event.play && last.planned.task === event.task
    this.#planned.delete(event.host)
    this.events.push({
      ...saved(event),
      nth: isPlanned ? last.nth : this.#counter.next(event),
      digests: isPlanned ? last.planned.steps.map(step => digestOf(step.text)) : [],
      certain: isPlanned && last.planned.certain,
    })
  }
}

/** A digest of a step's text with masked secrets: it detects another command, and reveals no secret. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

type SavedForm<T> = T extends MaskedText ? string : T extends object ? { -readonly [K in keyof T]: SavedForm<T[K]> } : T

/** A copy of one's own, as its file will hold it: what prints as a mask is one from here on. */
function saved<T extends object>(value: T): SavedForm<T> {
  return JSON.parse(JSON.stringify(value)) as SavedForm<T>
}
