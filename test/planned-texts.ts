import { unknown, type Task } from 'haq'
import { stepsOf } from '../src/core/step.ts'

/** The texts of the files that a task would write on a host of which nothing is known. */
export function plannedTexts(task: Task): readonly string[] {
  const facts = Object.fromEntries(Object.keys(task.facts).map(name => [name, unknown]))
  return stepsOf(task.plan(facts)).flatMap(step =>
    step.kind === 'write' ? [step.content.reveal()] : step.predicts.flatMap(({ value }) => contentOf(value)),
  )
}

/** Of a file that a script writes. */
function contentOf(value: unknown): readonly string[] {
  const isObject = typeof value === 'object' && value !== null
  return isObject && 'content' in value && typeof value.content === 'string' ? [value.content] : []
}
