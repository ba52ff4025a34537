import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import type { Fact } from '../core/fact.ts'
import type { AnyModule } from '../core/module.ts'
import { requirementsOf, stepsOf, type Plan, type Step } from '../core/step.ts'
import type { Task } from '../core/task.ts'
import { stepScript } from '../engine/step-script.ts'
import { announcesAll, holdsUnknown, leavesNothing, predicted, showChange, showsNoSecret } from './law.ts'
import type { LawTest, ModuleFixture, RefusedParams } from './fixture.ts'
import { mixtureTest } from './mixtures.ts'

/** The laws that every module must obey, applied to its fixtures. */
export function lawTests(
  module: AnyModule,
  fixtures: readonly ModuleFixture[],
  refused: readonly RefusedParams[] = [],
): readonly LawTest[] {
  const name = module.definition.name
  return [
    { name: `${name} has fixtures`, run: () => ok(fixtures.length > 0, 'a module without fixtures proves nothing') },
    ...fixtures.flatMap(fixture => fixtureTests(module, fixture)),
    mixtureTest(module, fixtures),
    ...refused.map(({ params, problems }) => ({
      name: `${name} refuses ${problems.join('; ')}`,
      run: () => {
        const found = call(module, params).problems.map(({ path, message }) => `${path}: ${message}`)
        deepStrictEqual(found, problems)
      },
    })),
  ]
}

function fixtureTests(module: AnyModule, fixture: ModuleFixture): readonly LawTest[] {
  const title = `${module.definition.name}, ${fixture.name}`
  const task = (): Task => {
    const made = call(module, fixture.params)
    deepStrictEqual(made.problems, [], 'the parameters of a fixture must be right')
    return made
  }
  const plan = (): Plan => task().plan(fixture.facts)
  return [
    {
      name: `${title}: plans the expected changes`,
      run: () => {
        deepStrictEqual(
          Object.keys(fixture.facts).sort(),
          Object.keys(task().facts).sort(),
          'a fixture gives a value to every fact',
        )
        deepStrictEqual(stepsOf(plan()).map(showChange), fixture.changes)
        const unmet = requirementsOf(plan()).filter(({ met }) => met !== true)
        deepStrictEqual(
          unmet.map(({ that }) => that),
          fixture.unmet ?? [],
        )
        if (fixture.sentences) deepStrictEqual(sentencesOf(plan()), fixture.sentences)
      },
    },
    {
      name: `${title}: leaves nothing to do once its predictions are true`,
      run: () => leavesNothing(task(), fixture.facts),
    },
    {
      name: `${title}: the next run completes it when a run was killed between two steps`,
      run: () => {
        const steps = stepsOf(plan())
        const end = predicted(task(), fixture.facts, steps)
        for (let done = 1; done < steps.length; done++) {
          const between = predicted(task(), fixture.facts, steps.slice(0, done))
          const rest = task().plan(between)
          const after = `killed after ${steps[done - 1]?.change.what}`
          deepStrictEqual(
            sentencesOf(rest).filter(sentence => !sentencesOf(plan()).includes(sentence)),
            [],
            after,
          )
          const resumed = predicted(task(), between, stepsOf(rest))
          for (const [name, value] of Object.entries(resumed))
            if (!holdsUnknown(value) && !holdsUnknown(end[name])) deepStrictEqual(value, end[name], `${after}: ${name}`)
        }
      },
    },
    {
      name: `${title}: plans the same for the same facts`,
      run: () => {
        deepStrictEqual(stepsOf(plan()).map(applied), stepsOf(plan()).map(applied))
        deepStrictEqual(Object.values(task().facts).map(keyOf), Object.values(task().facts).map(keyOf))
      },
    },
    {
      name: `${title}: shows all possible changes when facts are unknown`,
      run: () => announcesAll(task(), fixture.facts, Object.keys(fixture.facts)),
    },
    { name: `${title}: shows no secret`, run: () => showsNoSecret(task(), fixture.facts) },
    {
      name: `${title}: can be undone, or has a reason why not`,
      run: () => {
        for (const step of stepsOf(plan()))
          if (step.kind === 'run')
            ok('impossible' in step.undo ? step.undo.impossible !== '' : step.undo.script, step.change.what)
      },
    },
  ]
}

function call(module: AnyModule, params: unknown): Task {
  return module(params)
}

function sentencesOf(plan: Plan): readonly string[] {
  return requirementsOf(plan)
    .filter(({ met }) => met === false)
    .map(({ that, otherwise }) => otherwise ?? `not met: ${that}`)
}

function applied(step: Step): string {
  return stepScript(step).reveal()
}

function keyOf(fact: Fact<unknown>): string {
  strictEqual(typeof fact.key, 'string')
  return `${fact.host ?? ''} ${fact.key}`
}
