import { type FileState, type Task } from 'haq'
import { stepsOf } from '../../src/core/step.ts'

/** The files that a task writes on a host that has none of them, as they are once written, and the words for each. */
export function writtenFiles(
  task: Task,
  bare: Readonly<Record<string, unknown>>,
): readonly { readonly state: FileState; readonly change: string; readonly text: string }[] {
  return stepsOf(task.plan(bare)).flatMap(step => {
    if (step.kind !== 'write') return []
    const { mode, owner, group, content, change } = step
    const text = content.reveal()
    return [{ state: { type: 'file', mode, owner, group, content: text }, change: change.to, text }]
  })
}
