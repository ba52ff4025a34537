import { deepStrictEqual } from 'node:assert'
import * as z from 'zod'
import { absent, defineModule, isKnown, predict, run, sh, type Script, type Task, type Unknown } from 'haq'
import { runPlaybook } from '../../src/engine/run.ts'
import { journalFolder } from '../../src/journal/folder.ts'
import { readJournal, type Journal, type JournalHead } from '../../src/journal/journal.ts'
import { undoPlaybook } from '../../src/journal/undo-playbook.ts'
import { undoSteps } from '../../src/journal/undo-steps.ts'
import { openJournal, type JournalWriter } from '../../src/journal/writer.ts'
import type { Site } from '../engine/site.ts'
import { content, type TestPlay } from '../engine/site.ts'

const script = z.custom<Script>().optional()

/** Holds files of a host, a step each, with ways back; a file's text is `x` where nothing else is said. */
export const keep = defineModule({
  name: 'keep',
  summary: 'For tests',
  params: z.object({
    name: z.string(),
    also: z.string().optional(),
    text: z.string().default('x'),
    /** Instead of what makes the first file so, and of its undo. */
    script,
    back: script,
    /** Whether the steps say which facts they change. */
    says: z.boolean().default(true),
  }),
  title: ({ name }) => name,
  facts: ({ name, also }) => ({ now: content(name), ...(also !== undefined && { also: content(also) }) }),
  plan: ({ name, also, text, script, back, says }, values) => {
    const step = (file: string, now: string | null | Unknown, forward?: Script, backward?: Script) => {
      const from = isKnown(now) ? (now ?? 'absent') : 'unknown'
      const change = { what: file, from, to: text }
      const old = now === absent ? sh`rm "$HOST."${file}` : sh`printf %s ${from} >"$HOST."${file}`
      return run({
        change,
        script: forward ?? sh`printf %s ${text} >"$HOST."${file}`,
        undo: { change: { ...change, from: text, to: change.from }, script: backward ?? old },
        predicts: says ? [predict(content(file), text)] : [],
      })
    }
    const other = (values as { readonly also?: string | null | Unknown }).also ?? absent
    return [
      ...(values.now === text ? [] : [step(name, values.now, script, back)]),
      ...(also === undefined || other === text ? [] : [step(also, other)]),
    ]
  },
})

/** Runs with a journal, and reads it. */
async function withJournal(
  site: Site,
  more: Partial<JournalHead>,
  go: (journal: JournalWriter) => Promise<unknown>,
): Promise<Journal> {
  const folder = journalFolder({ XDG_STATE_HOME: site.folder })
  const reach = { inventory: 'inv.ts', lab: false }
  const warnings: string[] = []
  const head = { user: 'ann@control', args: ['run'], playbook: 'book.ts', check: false, reach, ...more }
  const journal = openJournal(folder, head, message => warnings.push(message))
  await go(journal)
  journal.close()
  deepStrictEqual(warnings, [])
  return readJournal(folder, journal.run)
}

/** Runs plays with a journal, and reads it. */
export function journaledPlays(site: Site, plays: readonly TestPlay[]): Promise<Journal> {
  return withJournal(site, {}, journal => site.run(plays, { journal, report: journal.report }))
}

/** Runs tasks on all hosts with a journal, and reads it. */
export const journaled = (site: Site, tasks: () => readonly Task[]): Promise<Journal> =>
  journaledPlays(site, [{ tasks }])

/** Undoes what can be undone, on all hosts or some. */
export function undo(site: Site, journal: Journal, names = site.hosts, check = false): Promise<Journal> {
  const { id: undoes } = journal.head
  const hosts = names.map(name => ({ name, address: name, groups: [], vars: {} }))
  const { steps } = undoSteps(journal, new Set(names))
  return withJournal(site, { undoes, check }, async writer => {
    const [, options] = await site.setup([], { journal: writer, report: writer.report, check })
    return runPlaybook(undoPlaybook(journal, steps, hosts), options)
  })
}
