import { absent, unknown, type Fact } from '../core/fact.ts'
import { predict, type Prediction, type Step } from '../core/step.ts'

/** When what a host holds became uncertain; 0 is never. */
interface Unsettled {
  absent: number
  everything: number
}

/**
 * The hosts as the steps planned so far would leave them: what check mode reads instead of the hosts alone. Each
 * prediction is numbered, so that a fact is unknown exactly when something it follows from changes after it.
 */
export class Predictions {
  #sequence = 0
  readonly #values = new Map<string, { readonly value: unknown; readonly at: number }>()
  readonly #unsettled = new Map<string, Unsettled>()

  /** Folds planned steps of a host forward. */
  fold(host: string, steps: readonly Step[]): void {
    for (const step of steps) {
      // First what the step leaves uncertain, then what it is known to bring.
      if (step.unsettles) this.#unsettledOf(host)[step.unsettles] = ++this.#sequence
      for (const prediction of step.predicts) this.#predict(host, prediction)
    }
  }

  /** Folds one prediction forward, such as a handler that a task will notify. */
  foldFact<T>(host: string, fact: Fact<T>, value: T): void {
    this.#predict(host, predict(fact, value))
  }

  /** The value of a fact after everything folded so far, given what was read on the host. */
  valueOf(host: string, fact: Fact<unknown>, read: unknown): unknown {
    const on = fact.host ?? host
    const predicted = this.#values.get(keyOf(on, fact))
    const value = predicted ? predicted.value : read
    const since = predicted?.at ?? 0
    const unsettled = this.#unsettled.get(on)
    if (unsettled && unsettled.everything > since) return unknown
    if (unsettled && unsettled.absent > since && value === absent) return unknown
    return (fact.dependsOn ?? []).some(dependency => this.#changedAt(on, dependency) > since) ? unknown : value
  }

  #predict(host: string, { fact, value }: Prediction): void {
    this.#values.set(keyOf(fact.host ?? host, fact), { value, at: ++this.#sequence })
  }

  #changedAt(host: string, fact: Fact<unknown>): number {
    const own = this.#values.get(keyOf(host, fact))?.at ?? 0
    return Math.max(own, ...(fact.dependsOn ?? []).map(dependency => this.#changedAt(host, dependency)))
  }

  #unsettledOf(host: string): Unsettled {
    const unsettled = this.#unsettled.get(host) ?? { absent: 0, everything: 0 }
    this.#unsettled.set(host, unsettled)
    return unsettled
  }
}

function keyOf(host: string, fact: Fact<unknown>): string {
  return `${host}\n${fact.key}`
}
