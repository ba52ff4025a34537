import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { existsSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as z from 'zod'
import { defineModule, on, predict, require, run, sh, type Script } from 'haq'
import type { Task } from '../../src/core/task.ts'
import { runPlaybook } from '../../src/engine/run.ts'
import type { RunRecord } from '../../src/engine/recorder.ts'
import { content, hold, need, onSite, type Site } from './site.ts'

/** Makes three files, each by a step of its own; `second` is what the second step does instead. */
const three = defineModule({
  name: 'three',
  summary: 'For tests',
  params: z.object({ second: z.custom<Script>().optional() }),
  facts: () => ({ one: content('one'), two: content('two'), three: content('three') }),
  plan: ({ second }, values) =>
    (['one', 'two', 'three'] as const)
      .filter(name => values[name] !== 'x')
      .map(name =>
        run({
          change: { what: name, from: 'absent', to: 'x' },
          script: name === 'two' && second ? second : sh`printf x >"$HOST."${name}`,
          undo: { impossible: 'a test' },
          predicts: [predict(content(name), 'x')],
        }),
      ),
})

/** Looks at a host, slowly. */
const look = defineModule({
  name: 'look',
  summary: 'For tests',
  params: z.object({ at: z.string() }),
  facts: ({ at }) => ({
    seen: on({ name: at }, { key: 'slow', script: sh`sleep 0.3; echo seen`, parse: text => text.trim() }),
  }),
  plan: (_, { seen }) => [require('it was seen', seen === 'seen')],
})

onSite('a changed task costs two round trips, whatever the number of its steps', ['a'], async site => {
  const { roundTrips } = await site.run([{ tasks: () => [three({}), hold({ name: 'four' })] }])
  deepStrictEqual(site.ended, ['a three changed', 'a hold four changed'])
  deepStrictEqual(roundTrips, { a: 1 + 2 + 2 })
})

onSite('a run whose journal has lost records stops before its next change', ['a'], async site => {
  let lines = 0
  const journal = {
    run: 'r',
    record: () => {
      lines++
    },
    isLost: () => lines > 3,
  }
  await site.run([{ tasks: () => [hold({ name: 'one' }), hold({ name: 'two' }), hold({ name: 'three' })] }], {
    journal,
  })
  deepStrictEqual(site.ended, ['a hold one changed', 'a hold two failed', 'a hold three skipped'])
  ok(site.task('hold two').failure?.message.startsWith("the journal can't be written"))
  ok(site.has('a', 'one') && !site.has('a', 'two'))
})

onSite('a step that fails ends its task: those after it are not done, and the journal knows it', ['a'], async site => {
  const records: RunRecord[] = []
  const journal = { run: 'r', record: (record: RunRecord) => records.push(record) }
  await site.run([{ tasks: () => [three({ second: sh`echo no >&2; exit 1` })] }], { journal })
  const { status, changes, failure } = site.task('three')
  deepStrictEqual([status, changes.map(({ what }) => what), failure?.message], ['failed', ['one'], 'two: no'])
  ok(site.has('a', 'one') && !site.has('a', 'three'))
  deepStrictEqual(
    records.flatMap(record => {
      if (record.record === 'step-end') return [`${record.seq} ${record.failed ? 'failed' : 'done'}`]
      return record.record === 'step-skipped' ? [`${record.seq} skipped`] : []
    }),
    ['1 done', '2 failed', '3 skipped'],
  )
})

onSite('the first line of a failure is the last one printed, or the reason that the step finds', ['a'], async site => {
  const broken = hold({ name: 'one', script: sh`echo 'the reason' >&2; echo 'cookie hash: x' >&2; exit 3` })
  const explained = {
    ...broken,
    plan: (facts: Readonly<Record<string, unknown>>) =>
      broken
        .plan(facts)
        .map(item => (item.kind === 'run' ? { ...item, explain: (said: string) => /.*reason/.exec(said)?.[0] } : item)),
  }
  await site.run([{ tasks: () => [broken] }])
  strictEqual(site.task('hold one').failure?.message, 'one: cookie hash: x')
  await site.run([{ tasks: () => [explained] }])
  strictEqual(site.task('hold one').failure?.message, 'one: the reason')
})

onSite('an interrupt lets the step in hand end, starts no other, and says what is left', ['a'], async site => {
  const abort = new AbortController()
  const [started, go] = [`${site.folder}/started`, `${site.folder}/go`]
  const second = sh`touch ${started}; until [ -e ${go} ]; do sleep 0.02; done; printf x >"$HOST.two"`
  const running = site.run([{ tasks: () => [three({ second }), hold({ name: 'four' })] }], { signal: abort.signal })
  while (!existsSync(started)) await new Promise(resolve => setTimeout(resolve, 10))
  abort.abort()
  writeFileSync(go, '')
  await running
  const { status, changes, failure } = site.task('three')
  deepStrictEqual([status, changes.map(({ what }) => what)], ['failed', ['one', 'two']])
  strictEqual(failure?.message, 'interrupted; still to do: three: absent → x')
  strictEqual(site.task('hold four').status, 'skipped')
  ok(site.has('a', 'two') && !site.has('a', 'three'))
})

onSite(
  'a run waits once for a host, and what a play has read is believed until the run changes something',
  ['a'],
  async site => {
    const reads = (): number => site.scripts.get('a')?.filter(script => script.includes('HOST."one')).length ?? 0
    const plays = (text: string) => [
      { name: 'first', tasks: () => [hold({ name: 'one', text: 'x' })] },
      { name: 'second', tasks: () => [hold({ name: 'two', text }), hold({ name: 'one', text: 'x' })] },
      { name: 'third', tasks: () => [hold({ name: 'one', text: 'x' }), hold({ name: 'two', text })] },
    ]
    site.write('a', 'one', 'x')
    site.write('a', 'two', 'y')
    const { roundTrips } = await site.run(plays('y'))
    deepStrictEqual([roundTrips, reads()], [{ a: 1 }, 1])
    await site.run(plays('z'))
    deepStrictEqual(site.changes(), ['a two: y → z'])
    // Once before the change, once after it, and once more in the play that follows.
    strictEqual(reads(), 3)
  },
)

/** Hosts in the order in which their shells were told to finish, while the run went on. */
async function finished(site: Site, tasks: (host: { readonly name: string }) => readonly Task[]) {
  const names: string[] = []
  const [playbook, options] = await site.setup([{ tasks }])
  const { hosts } = await runPlaybook(playbook, {
    ...options,
    openShell: host => {
      const shell = options.openShell(host)
      const { finish } = shell
      shell.finish = () => {
        names.push(host)
        return finish.call(shell)
      }
      return shell
    },
  })
  return { names: names.toSorted(), hosts }
}

onSite('a host that the run is through with is left, but for one that others look at', ['a', 'b'], async site => {
  deepStrictEqual((await finished(site, () => [need({ name: 'one' })])).names, ['a', 'b'])
  site.write('a', 'one', 'x')
  const looking = await finished(site, ({ name }) => (name === 'a' ? [need({ name: 'one' })] : [look({ at: 'a' })]))
  deepStrictEqual(looking.names, ['b'])
  deepStrictEqual([looking.hosts['a']?.ok, looking.hosts['b']?.ok], [1, 1])
})

test.run()
