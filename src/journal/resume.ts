import { readJournal, type Journal, type LeftFact } from './journal.ts'
import { runIds } from './folder.ts'
import { wayBackName } from './way-back.ts'

/** Earlier ways back from a run, the oldest first, as far as their journals are kept. */
export async function earlierUndos(folder: string, { head }: Journal): Promise<readonly Journal[]> {
  const later = (await runIds(folder)).filter(id => id > head.id)
  const journals = await Promise.all(later.map(id => readJournal(folder, id).catch(() => undefined)))
  return journals.filter(journal => journal?.head.undoes === head.id && !journal.head.check) as readonly Journal[]
}

/**
 * What is left of a run after ways back that did not reach its beginning, as when one was killed: the steps that they
 * proved to be undone are gone, and the facts are as they left them. What they had in hand when they ended is not
 * compared, as nobody knows how far it came.
 */
export function afterUndos(journal: Journal, undos: readonly Journal[]): Journal {
  const steps = [...journal.steps]
  const facts = new Map([...journal.facts].map(([host, left]) => [host, new Map(left.map(fact => [fact.key, fact]))]))
  for (const undo of undos) {
    for (const [host, left] of undo.facts)
      if (!undo.undone.has(host)) for (const fact of left) factsOf(facts, host).set(fact.key, fact)
    for (const step of undo.steps) {
      // A way back that was itself taken back left nothing behind.
      if (undo.undone.has(step.host)) continue
      if (step.ended === 'well' && step.proven) {
        const at = steps.findLastIndex(
          ({ host, task, play, undo: way }) =>
            way.kind !== 'handler' &&
            host === step.host &&
            wayBackName(task, 'undo ') === step.task &&
            wayBackName(play, 'undo of ') === step.play,
        )
        if (at >= 0) steps.splice(at, 1)
      } else for (const key of step.facts) facts.get(step.host)?.delete(key)
    }
  }
  return { ...journal, steps, facts: new Map([...facts].map(([host, left]) => [host, [...left.values()]])) }
}

function factsOf(facts: Map<string, Map<string, LeftFact>>, host: string): Map<string, LeftFact> {
  const known = facts.get(host) ?? new Map<string, LeftFact>()
  facts.set(host, known)
  return known
}
