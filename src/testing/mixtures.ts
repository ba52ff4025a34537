import fc from 'fast-check'
import type { AnyModule } from '../core/module.ts'
import { unknown } from '../core/fact.ts'
import { requirementsOf, stepsOf } from '../core/step.ts'
import { announcesAll, holdsUnknown, leavesNothing, predicted, showsNoSecret } from './law.ts'
import type { LawTest, ModuleFixture } from './fixture.ts'

/**
 * Checks the laws on random states: the parameters of one fixture, and facts from all fixtures. On failure the smallest
 * failing state is printed with its seed. The seed is 1, so that the same code always gets the same result; `HAQ_SEED`
 * sets another seed.
 */
export function mixtureTest(module: AnyModule, fixtures: readonly ModuleFixture[]): LawTest {
  const seed = Number(process.env['HAQ_SEED'] ?? 1)
  return {
    name: `${module.definition.name} obeys the laws on random mixtures of its fixtures`,
    run: () => {
      fc.assert(
        fc.property(mixtures(module, fixtures), ({ params, values, hidden }) => {
          const task = module(params)
          showsNoSecret(task, values)
          announcesAll(task, values, hidden)
          const plan = task.plan(values)
          // A run stops when a requirement is not met. A requirement that is known only during the run proves nothing
          // here.
          const isRun = requirementsOf(plan).every(({ met }) => met === true)
          if (isRun && !holdsUnknown(predicted(task, values, stepsOf(plan)))) leavesNothing(task, values)
        }),
        { numRuns: 300, seed },
      )
    },
  }
}

function mixtures(module: AnyModule, fixtures: readonly ModuleFixture[]) {
  return fc.constantFrom(...fixtures.map(({ params }) => params)).chain(params => {
    const names = Object.keys(module(params).facts)
    const pool = (name: string): unknown[] =>
      fixtures.filter(({ facts }) => name in facts).map(({ facts }) => facts[name])
    const values = fc.record(Object.fromEntries(names.map(name => [name, fc.constantFrom(...pool(name), unknown)])))
    const hidden = fc.subarray(names)
    return fc.record({ params: fc.constant(params), values, hidden })
  })
}
