import { deepStrictEqual, strictEqual } from 'node:assert'
import { test } from 'uvu'
import * as z from 'zod'
import { defineModule, predict, run, sh, type Task } from 'haq'
import { journalFolder, runIds } from '../../src/journal/folder.ts'
import { changedHosts, markUndone, readJournal, type Journal } from '../../src/journal/journal.ts'
import { undoPlaybook } from '../../src/journal/undo-playbook.ts'
import { wayBack } from '../../src/journal/way-back.ts'
import { openJournal } from '../../src/journal/writer.ts'
import { inFolder } from '../temp.ts'
import { content, counter, Site } from '../engine/site.ts'

/** Holds a file of a host, as `hold` does, with a way back. */
const keep = defineModule({
  name: 'keep',
  summary: 'For tests',
  params: z.object({ name: z.string(), script: z.custom<ReturnType<typeof sh>>().optional() }),
  title: ({ name }) => name,
  facts: ({ name }) => ({ now: content(name) }),
  plan: ({ name, script }, { now }) => {
    const change = { what: name, from: 'absent', to: 'x' }
    if (now === 'x') return []
    return [
      run({
        change,
        script: script ?? sh`printf x >"$HOST."${name}`,
        undo: { change: { ...change, from: 'x', to: 'absent' }, script: sh`rm "$HOST."${name}` },
        predicts: [predict(content(name), 'x')],
      }),
    ]
  },
})

/** Runs tasks with a journal, and reads it. */
async function journaled(site: Site, tasks: () => readonly Task[]): Promise<Journal> {
  const folder = journalFolder({ XDG_STATE_HOME: site.folder })
  const reach = { inventory: 'inv.ts', lab: false }
  const head = { args: ['run'], playbook: 'book.ts', check: false, reach }
  const warnings: string[] = []
  const journal = openJournal(folder, head, message => warnings.push(message))
  await site.run([{ tasks }], { journal, report: journal.report })
  journal.close()
  deepStrictEqual(warnings, [])
  return readJournal(folder, journal.run)
}

/** Undoes what can be undone. */
async function undo(site: Site, journal: Journal): Promise<void> {
  const hosts = site.hosts.map(name => ({ name, address: name, groups: [], vars: {} }))
  const { steps } = wayBack(journal, new Set(site.hosts))
  await site.run(
    undoPlaybook(journal, steps, hosts).plays.map(({ name, hosts: own, known }) => ({
      name,
      hosts: own.map(host => host.name),
      tasks: host => known.get(host.name) ?? [],
    })),
  )
}

function onSite(name: string, use: (site: Site) => Promise<void>, hosts: readonly string[] = ['a']): void {
  test(
    name,
    inFolder(folder => use(new Site(folder, hosts))),
  )
}

const notify = [counter({ name: 'count', key: 'k' })]

onSite('undo goes backwards, and runs the handlers that were notified once more, at its end', async site => {
  const journal = await journaled(site, () => [keep({ name: 'one' }, { notify }), keep({ name: 'two' }, { notify })])
  deepStrictEqual([site.has('a', 'one'), site.read('a', 'count')], [true, 'ran\n'])
  await undo(site, journal)
  deepStrictEqual(site.ended.slice(1), [
    'a undo keep two changed',
    'a undo keep one changed',
    'a counter count changed',
  ])
  deepStrictEqual([site.has('a', 'one'), site.has('a', 'two'), site.read('a', 'count')], [false, false, 'ran\nran\n'])
})

onSite('what a host owes to a handler when its undo is killed is paid by the next run', async site => {
  const journal = await journaled(site, () => [keep({ name: 'one' }, { notify })])
  site.write('a', 'one', 'x')
  const dies = { ...journal, steps: journal.steps.map(step => ({ ...step, undo: deadly(step.undo) })) }
  await undo(site, dies)
  strictEqual(site.task('undo keep one').status, 'unreachable')
  await site.run([{ tasks: () => [keep({ name: 'two' }, { notify })] }])
  strictEqual(site.read('a', 'count'), 'ran\nran\n')
})

function deadly(way: Journal['steps'][number]['undo']): Journal['steps'][number]['undo'] {
  return way.kind === 'run' ? { ...way, script: `${way.script}; kill -9 $$` } : way
}

for (const [how, script, reason] of [
  ['was cut off', sh`printf x >"$HOST.two"; kill -9 $$`, 'the run ended in the middle of it'],
  ['failed', sh`printf x >"$HOST.two"; exit 1`, 'it failed, and what it did until then is not known'],
] as const)
  onSite(`a step that ${how} has no way back; those before it have one`, async site => {
    const journal = await journaled(site, () => [keep({ name: 'one' }), keep({ name: 'two', script })])
    deepStrictEqual(wayBack(journal, new Set(['a'])).impossible, [{ host: 'a', task: 'keep two', what: 'two', reason }])
    await undo(site, journal)
    deepStrictEqual([site.has('a', 'one'), site.has('a', 'two')], [false, true])
  })

onSite('facts are compared as they were at the end of the run, whoever touched them last', async site => {
  const also = sh`printf x >"$HOST.two"; printf y >"$HOST.one"`
  const journal = await journaled(site, () => [keep({ name: 'one' }), keep({ name: 'two', script: also })])
  await undo(site, journal)
  strictEqual(site.ended[0]?.replace(/\S+-\S+-\S+/, 'ID'), 'a unchanged since run ID ok')
})

onSite(
  'hosts are undone one by one, and again to be undone once the way back was taken back',
  async site => {
    const journal = await journaled(site, () => [keep({ name: 'one' })])
    const folder = journalFolder({ XDG_STATE_HOME: site.folder })
    const [id = ''] = await runIds(folder)
    deepStrictEqual(changedHosts(journal).toSorted(), ['a', 'b'])
    await markUndone(folder, journal, 'later', ['a'])
    deepStrictEqual(changedHosts(await readJournal(folder, id)), ['b'])
    await markUndone(folder, { ...journal, head: { ...journal.head, undoes: id } }, 'latest', ['a'])
    deepStrictEqual(changedHosts(await readJournal(folder, id)).toSorted(), ['a', 'b'])
  },
  ['a', 'b'],
)

test.run()
