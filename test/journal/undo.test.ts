import { deepStrictEqual, match, ok, rejects, strictEqual } from 'node:assert'
import { createHash } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import { sh } from 'haq'
import { journalFolder, runIds } from '../../src/journal/folder.ts'
import { changedHosts, markUndone, readJournal, type Journal } from '../../src/journal/journal.ts'
import { afterUndos } from '../../src/journal/resume.ts'
import { undoSteps } from '../../src/journal/undo-steps.ts'
import { counter, onSite } from '../engine/site.ts'
import { journaled, keep, undo } from './journaled.ts'

const notify = [counter({ name: 'count', key: 'k' })]

onSite('undo goes backwards, and runs the handlers that were notified once more, at its end', ['a'], async site => {
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

onSite('a handler that is pending when an undo is killed is run by the next run', ['a'], async site => {
  const journal = await journaled(site, () => [keep({ name: 'one' }, { notify })])
  site.write('a', 'one', 'x')
  const dies = { ...journal, steps: journal.steps.map(step => ({ ...step, undo: deadly(step.undo) })) }
  await undo(site, dies)
  strictEqual(site.task('undo keep one').status, 'unreachable')
  await site.run([{ tasks: () => [keep({ name: 'two' }, { notify })] }])
  strictEqual(site.read('a', 'count'), 'ran\nran\n')
})

function deadly(way: Way): Way {
  return way.kind === 'run' ? { ...way, script: `${way.script}; kill -9 $$` } : way
}

for (const [how, script, reason] of [
  ['was cut off', sh`printf x >"$HOST.two"; kill -9 $$`, 'the run ended in the middle of it'],
  ['failed', sh`printf x >"$HOST.two"; exit 1`, 'it failed, and what it did until then is not known'],
] as const)
  onSite(`a step that ${how} can't be undone; those before it can`, ['a'], async site => {
    const journal = await journaled(site, () => [keep({ name: 'one' }), keep({ name: 'two', script })])
    deepStrictEqual(undoSteps(journal, new Set(['a'])).impossible, [
      { host: 'a', task: 'keep two', what: 'two', reason },
    ])
    await undo(site, journal)
    deepStrictEqual([site.has('a', 'one'), site.has('a', 'two')], [false, true])
  })

for (const [how, end] of [
  ['killed in the middle of a step', sh`; kill -9 $$`],
  ['failed', sh`; exit 1`],
] as const)
  onSite(`an undo that ${how} goes on where it ended`, ['a'], async site => {
    const journal = await journaled(site, () => [keep({ name: 'one' }), keep({ name: 'two' }), keep({ name: 'three' })])
    const steps = journal.steps.map(step =>
      step.task === 'keep two' && step.undo.kind === 'run'
        ? { ...step, undo: { ...step.undo, script: `rm -f "$HOST.two"${end.reveal()}` } }
        : step,
    )
    const broken = await undo(site, { ...journal, steps })
    deepStrictEqual(
      ['one', 'two', 'three'].map(name => site.has('a', name)),
      [true, false, false],
    )
    const forgiving = { ...journal, steps: steps.map(step => ({ ...step, undo: again(step.undo) })) }
    const rest = afterUndos(forgiving, [broken])
    deepStrictEqual(
      rest.steps.map(({ task }) => task),
      ['keep one', 'keep two'],
    )
    await undo(site, rest)
    deepStrictEqual(
      site.ended.map(line => line.replace(/\S+-\S+-\S+/, 'ID')),
      ['a unchanged since run ID ok', 'a undo keep two ok', 'a undo keep one changed'],
    )
    ok(!site.has('a', 'one'))
  })

onSite('an undo that was killed does not hide what changed since', ['a'], async site => {
  const journal = await journaled(site, () => [keep({ name: 'one' }), keep({ name: 'two' })])
  const steps = journal.steps.map(step => (step.task === 'keep one' ? { ...step, undo: deadly(step.undo) } : step))
  const broken = await undo(site, { ...journal, steps })
  site.write('a', 'two', 'by hand')
  await undo(site, afterUndos(journal, [broken]))
  match(site.task(`unchanged since run ${journal.head.id}`).failure?.message ?? '', /: content:two$/)
})

type Way = Journal['steps'][number]['undo']

function again(way: Way): Way {
  return way.kind === 'run' ? { ...way, script: way.script.replace(/^rm /, 'rm -f ').replace(/; .*/, '') } : way
}

onSite('facts are compared as they were at the end of the run, whoever touched them last', ['a'], async site => {
  const also = sh`printf x >"$HOST.two"; printf y >"$HOST.one"`
  const journal = await journaled(site, () => [keep({ name: 'one' }), keep({ name: 'two', script: also })])
  await undo(site, journal)
  strictEqual(site.ended[0]?.replace(/\S+-\S+-\S+/, 'ID'), 'a unchanged since run ID ok')
})

onSite('hosts are undone one by one, and again to be undone once the undo was undone', ['a', 'b'], async site => {
  const journal = await journaled(site, () => [keep({ name: 'one' })])
  const folder = journalFolder({ XDG_STATE_HOME: site.folder })
  const [id = ''] = await runIds(folder)
  deepStrictEqual(changedHosts(journal).toSorted(), ['a', 'b'])
  await markUndone(folder, journal, 'later', ['a'])
  deepStrictEqual(changedHosts(await readJournal(folder, id)), ['b'])
  await markUndone(folder, { ...journal, head: { ...journal.head, undoes: id } }, 'latest', ['a'])
  deepStrictEqual(changedHosts(await readJournal(folder, id)).toSorted(), ['a', 'b'])
})

onSite(
  'what a fact read can not be guessed from its digest, and the key for it stays on the host',
  ['a'],
  async site => {
    const journal = await journaled(site, () => [keep({ name: 'one' })])
    const key = readFileSync(join(site.folder, 'a/.local/state/haq/journal-key-a'), 'utf8').trim()
    const text = readFileSync(`${journalFolder({ XDG_STATE_HOME: site.folder })}/${journal.head.id}.jsonl`, 'utf8')
    ok(!text.includes(key))
    const facts = journal.facts.get('a') ?? []
    ok(facts.length > 0)
    const digest = (...parts: readonly string[]): string =>
      createHash('sha256').update(parts.join('\n'), 'latin1').digest('hex')
    for (const fact of facts) {
      // Who knows all but the key tries what the fact may have read.
      const guesses = ['', 'there\n', 'there\nx'].map(read => [fact.run, fact.key, read])
      ok(
        guesses.some(words => digest(key, ...words) === fact.sha256),
        'the test knows what was read',
      )
      for (const words of guesses) for (const start of [[], ['']]) ok(digest(...start, ...words) !== fact.sha256)
    }
  },
)

onSite('a journal that somebody else could have written is refused', ['a'], async site => {
  const { id } = (await journaled(site, () => [keep({ name: 'one' })])).head
  const folder = journalFolder({ XDG_STATE_HOME: site.folder })
  chmodSync(`${folder}/${id}.jsonl`, 0o622)
  await rejects(readJournal(folder, id), /is not used, because others may write \S+\.jsonl/)
  await rejects(readJournal(folder, '../../etc/passwd'), /"..\/..\/etc\/passwd" is not the id of a run/)
})

onSite('a journal that another version of haq wrote is refused', ['a'], async site => {
  const { id } = (await journaled(site, () => [keep({ name: 'one' })])).head
  const folder = journalFolder({ XDG_STATE_HOME: site.folder })
  const path = `${folder}/${id}.jsonl`
  writeFileSync(path, readFileSync(path, 'utf8').replace(/"version":\d+/, '"version":1'))
  await rejects(readJournal(folder, id), /was written by another version of haq/)
})

test.run()
