import { deepStrictEqual, throws } from 'node:assert'
import { test } from 'uvu'
import type { Fact } from '../../src/core/fact.ts'

interface Row {
  readonly name: string
  readonly output: string
  readonly value?: unknown
  /** Set where the output can't be understood. */
  readonly error?: RegExp
}

/** Tests of what a fact makes of outputs. */
export function table(title: string, fact: Fact<unknown>, rows: readonly Row[]): void {
  for (const { name, output, value, error } of rows)
    test(`${title}: ${name}`, () => {
      if (error) throws(() => fact.parse(output), error)
      else deepStrictEqual(fact.parse(output), value)
    })
}
