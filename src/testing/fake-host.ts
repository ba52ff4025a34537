import type { Fact } from '../core/fact.ts'
import { requirementsOf, stepsOf, type Change } from '../core/step.ts'
import type { Task } from '../core/task.ts'
import { Predictions } from '../engine/predictions.ts'

/** The value of a fact on a fake host, made by `has(fact, value)`. */
export interface FactValue {
  readonly fact: Fact<unknown>
  readonly value: unknown
}

/** Gives a fake host the value of a fact. */
export function has<T>(fact: Fact<T>, value: T): FactValue {
  return { fact, value }
}

/**
 * A fake host with values of facts, for fast tests of several tasks in a row. To apply a task sets the facts to its
 * predictions. Whether the predictions are right, only a test on a real host can show.
 */
export class FakeHost {
  readonly #values: ReadonlyMap<string, unknown>
  readonly #predictions = new Predictions()

  constructor(...values: readonly FactValue[]) {
    this.#values = new Map(values.map(({ fact, value }) => [fact.key, value]))
  }

  /**
   * Applies a task and returns what it changed.
   * @throws {Error} when the host has no value for a fact, or a requirement is not met
   */
  apply(task: Task): readonly Change[] {
    const plan = task.plan(this.#factsOf(task))
    const unmet = requirementsOf(plan).filter(({ met }) => met !== true)
    if (unmet.length > 0)
      throw new Error(unmet.map(({ otherwise, that }) => otherwise ?? `not met: ${that}`).join('; '))
    const steps = stepsOf(plan)
    this.#predictions.fold('host', steps)
    return steps.map(({ change }) => change)
  }

  #factsOf(task: Task): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(task.facts).map(([name, fact]) => {
        if (!this.#values.has(fact.key)) throw new Error(`the fake host was not given ${fact.key}`)
        return [name, this.#predictions.valueOf('host', fact, this.#values.get(fact.key))]
      }),
    )
  }
}
