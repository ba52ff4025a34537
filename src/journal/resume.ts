import { readJournal, type Journal, type JournalStep, type LeftFact } from './journal.ts'
import { runIds } from './folder.ts'
import { byTask, type TaskOf } from './proof.ts'
import { undoName } from './undo-steps.ts'

/** Earlier undos of a run, the oldest first, as far as their journals are kept. */
export async function earlierUndos(folder: string, { head }: Journal): Promise<readonly Journal[]> {
  const later = (await runIds(folder)).filter(id => id > head.id)
  const journals = await Promise.all(later.map(id => readJournal(folder, id).catch(() => undefined)))
  return journals.filter(journal => journal?.head.undoes === head.id && !journal.head.check) as readonly Journal[]
}

/**
 * What is left of a run after ways back that did not reach its beginning, as when one was killed: the steps that they
 * undid are gone, and the facts are as they left them. What they had in hand when they ended is not compared, as nobody
 * knows how far it came.
 */
export function afterUndos(journal: Journal, undos: readonly Journal[]): Journal {
  let { steps } = journal
  const facts = new Map([...journal.facts].map(([host, left]) => [host, new Map(left.map(fact => [fact.key, fact]))]))
  for (const undo of undos) {
    for (const [host, left] of undo.facts)
      if (!undo.undone.has(host)) for (const fact of left) factsOf(facts, host).set(fact.key, fact)
    // An undo that was itself undone left nothing behind.
    for (const taken of byTask(undo.steps.filter(({ host }) => !undo.undone.has(host)))) {
      steps = withoutUndone(steps, taken)
      for (const step of taken)
        if (!isDone(step) || !step.proven) for (const key of step.facts) facts.get(step.host)?.delete(key)
    }
  }
  return { ...journal, steps, facts: new Map([...facts].map(([host, left]) => [host, [...left.values()]])) }
}

/** A step that did its part: a task that did not converge is taken up as a whole. */
function isDone({ ended, disproved }: JournalStep): boolean {
  return ended === 'well' && !disproved
}

/** The steps without those that a task of an undo has undone. */
function withoutUndone(steps: readonly JournalStep[], taken: TaskOf<JournalStep>): readonly JournalStep[] {
  const rest = [...steps]
  const tasks = new Set<number>()
  for (const step of taken.filter(isDone)) {
    const at = rest.findLastIndex(other => isUndoneBy(other, step))
    if (at >= 0) rest.splice(at, 1).forEach(other => tasks.add(other.first))
  }
  // A task is not gone before its facts were read; that is done by the task itself.
  const isOver = taken.every(({ proven }) => proven) || rest.some(step => tasks.has(step.first))
  return isOver ? rest : steps
}

function isUndoneBy({ host, task, play, change, undo }: JournalStep, step: JournalStep): boolean {
  const done = undo.kind === 'run' ? undo.change : change
  return (
    undo.kind !== 'handler' &&
    host === step.host &&
    undoName(task, 'undo ') === step.task &&
    undoName(play, 'undo of ') === step.play &&
    done.what === step.change.what
  )
}

function factsOf(facts: Map<string, Map<string, LeftFact>>, host: string): Map<string, LeftFact> {
  const known = facts.get(host) ?? new Map<string, LeftFact>()
  facts.set(host, known)
  return known
}
