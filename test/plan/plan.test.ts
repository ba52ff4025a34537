import { deepStrictEqual, match, ok, rejects, strictEqual } from 'node:assert'
import { test } from 'uvu'
import { Secret, sh, type Script } from 'haq'
import { command } from 'haq/modules'
import type { RunOptions, RunResult } from '../../src/engine/run.ts'
import { applyPlan } from '../../src/plan/apply.ts'
import { planText } from '../../src/plan/file.ts'
import { PlanRecorder } from '../../src/plan/recorder.ts'
import { savedPlan, type SavedPlan } from '../../src/plan/saved-plan.ts'
import { content, counter, hold as holdModule, need, Site, type TestPlay } from '../engine/site.ts'
import type { Task, TaskOptions } from '../../src/core/task.ts'
import { inFolder } from '../temp.ts'

/** `hold`, named as what it holds. */
const hold = (params: Parameters<typeof holdModule>[0], options: TaskOptions = {}): Task =>
  holdModule(params, { name: params.name, ...options })

/** Makes a plan in check mode, and reads it from its file. */
async function planOf(site: Site, plays: readonly TestPlay[]): Promise<SavedPlan> {
  const recorder = new PlanRecorder()
  const { report, approve } = recorder
  await site.run(plays, { check: true, report, approve })
  const plan: SavedPlan = {
    haq: 'plan',
    version: 1,
    created: '2026-01-02T03:04:05.678Z',
    by: 'op@control',
    playbook: 'book.ts',
    inventory: 'inv.ts',
    options: {},
    events: recorder.events,
  }
  return savedPlan.parse(JSON.parse(planText(plan)))
}

async function apply(
  site: Site,
  plan: SavedPlan,
  plays: readonly TestPlay[],
  options: Partial<RunOptions> = {},
): Promise<Pick<RunResult, 'hosts'> | undefined> {
  const [playbook, rest] = await site.setup(plays, options)
  return applyPlan(plan, playbook, rest, async () => Promise.resolve(rest))
}

const holding = (...names: readonly string[]): readonly TestPlay[] => [
  { tasks: () => names.map(name => hold({ name })) },
]

function inSite(hosts: readonly string[], use: (site: Site) => Promise<void>): () => Promise<void> {
  return inFolder(folder => use(new Site(folder, hosts)))
}

const failureOf = (site: Site, task: string, host = 'a'): string => site.task(task, host).failure?.message ?? ''

test(
  'a plan is applied exactly, and applying it again is refused',
  inSite(['a', 'b'], async site => {
    const plays = holding('f', 'g')
    site.write('b', 'f', 'x')
    const plan = await planOf(site, plays)
    const planned = site.changes()
    const result = await apply(site, plan, plays)
    // Hosts run in parallel, so their events have no fixed order.
    deepStrictEqual(site.changes().toSorted(), planned.toSorted())
    deepStrictEqual(result?.hosts['b'], { ok: 1, changed: 1, failed: 0, unreachable: 0, skipped: 0, pending: 0 })
    await apply(site, plan, plays)
    deepStrictEqual(site.ended.toSorted(), ['a f failed', 'b g failed'])
    match(failureOf(site, 'f'), /^this is no longer .* planned for a\nplanned: f: absent → x\nnow: nothing to do$/)
    await apply(site, await planOf(site, plays), plays)
    deepStrictEqual(site.ended.toSorted(), ['a f ok', 'a g ok', 'b f ok', 'b g ok'])
  }),
)

test(
  'a host with drift is refused before anything is applied to it, and the others go on',
  inSite(['a', 'b'], async site => {
    const plays = holding('f', 'g')
    const plan = await planOf(site, plays)
    site.write('b', 'g', 'by hand')
    const result = await apply(site, plan, plays)
    deepStrictEqual([site.has('a', 'f'), site.has('a', 'g')], [true, true])
    deepStrictEqual([site.has('b', 'f'), site.read('b', 'g')], [false, 'by hand'])
    deepStrictEqual(result?.hosts['b'], { ok: 0, changed: 0, failed: 1, unreachable: 0, skipped: 0, pending: 0 })
    match(failureOf(site, 'g', 'b'), /planned for b\nplanned: g: absent → x\nnow: g: by hand → x$/)
    deepStrictEqual(site.events.at(-1), { event: 'recap', check: false, hosts: result.hosts })
  }),
)

const script = (text: string): readonly TestPlay[] => [
  { tasks: () => [hold({ name: 'f', script: sh`printf x >"$HOST.f"; : ${text}` }, { name: 'f' })] },
]

const changed: readonly [title: string, now: readonly TestPlay[], task: string, message: RegExp][] = [
  ['another command for the same change', script('other'), 'f', /planned: f: absent → x\nnow: the same in words, but/],
  ['other content', [{ tasks: () => [hold({ name: 'f', text: 'y' })] }], 'f', /now: f: absent → y$/],
  ['one more task', [...script('one'), ...holding('g')], 'g', /^the plan for a does not have this task$/],
  ['the same task twice', [...script('one'), ...script('one')], 'f', /^the plan for a does not have this task$/],
  ['no task', [{ tasks: () => [] }], 'f', /^the playbook no longer has this task for a$/],
  ['a task under another name', [{ tasks: () => [hold({ name: 'f' }, { name: 'F' })] }], 'F', /does not have this/],
]
for (const [title, now, task, message] of changed)
  test(
    `a changed playbook is refused: ${title}`,
    inSite(['a'], async site => {
      const plan = await planOf(site, script('one'))
      await apply(site, plan, now)
      match(failureOf(site, task), message)
      strictEqual(site.has('a', 'f'), false)
    }),
  )

test(
  'a removed play and a moved task are reported before a host is touched',
  inSite(['a'], async site => {
    const plan = await planOf(site, [{ name: 'one', tasks: () => [hold({ name: 'f' }), hold({ name: 'g' })] }])
    await rejects(
      apply(site, plan, [{ name: 'two', tasks: () => [] }]),
      /book\.ts no longer has the play one of the plan/,
    )
    strictEqual(site.events.length, 0)
    await apply(site, plan, [{ name: 'one', tasks: () => [hold({ name: 'g' }), hold({ name: 'f' })] }])
    match(failureOf(site, 'f'), /at another place for a$/)
  }),
)

/** After a command all facts are unknown, so check mode shows a change of both files. */
const unknowns = (brings: Script): readonly TestPlay[] => [
  {
    tasks: () => [
      command({ run: brings, always: true }, { name: 'bring' }),
      hold({ name: 'f' }),
      hold({ name: 'g' }),
      need({ name: 'f' }),
    ],
  },
]

test(
  'if facts were unknown in the plan, a run may make only some of the planned changes',
  inSite(['a'], async site => {
    const plays = unknowns(sh`printf x >"$HOST.f"`)
    const plan = await planOf(site, plays)
    deepStrictEqual(site.ended, ['a bring changed', 'a f changed', 'a g changed', 'a need f ok'])
    await apply(site, plan, plays)
    deepStrictEqual(site.ended, ['a bring changed', 'a f ok', 'a g changed', 'a need f ok'])
  }),
)

test(
  'during the run, a task with steps that were not planned fails before its first step',
  inSite(['a', 'b'], async site => {
    // The first task does not do what it predicts: it breaks a file that the second task found in order.
    const plays: readonly TestPlay[] = [
      {
        tasks: ({ name }) => [
          hold({ name: 'f', script: name === 'a' ? sh`printf x >"$HOST.f"; rm "$HOST.g"` : sh`printf x >"$HOST.f"` }),
          hold({ name: 'g' }),
          hold({ name: 'h' }),
        ],
      },
    ]
    site.write('a', 'g', 'x')
    site.write('b', 'g', 'x')
    const plan = await planOf(site, plays)
    await apply(site, plan, plays)
    deepStrictEqual(
      site.ended.filter(line => line.startsWith('a')),
      ['a f changed', 'a g failed', 'a h skipped'],
    )
    match(failureOf(site, 'g'), /planned: nothing to do\nnow: g → x$/)
    deepStrictEqual([site.has('a', 'g'), site.has('b', 'h')], [false, true])
  }),
)

test(
  'handlers are in the plan, and a handler that was not planned does not run',
  inSite(['a'], async site => {
    const handler = counter({ name: 'ran', key: 'ran' })
    const plays: readonly TestPlay[] = [{ tasks: () => [hold({ name: 'f' }, { notify: [handler] })] }]
    const plan = await planOf(site, plays)
    deepStrictEqual(site.ended, ['a f changed', 'a counter ran changed'])
    await apply(site, plan, plays)
    deepStrictEqual([site.ended, site.read('a', 'ran')], [['a f changed', 'a counter ran changed'], 'ran\n'])
    const nothing = await planOf(site, plays)
    // A pending handler of a run that was killed.
    await site.run([{ tasks: () => [hold({ name: 'f', text: 'y', script: sh`exit 1` }, { notify: [handler] })] }])
    await apply(site, nothing, plays)
    deepStrictEqual([site.ended, site.read('a', 'ran')], [['a counter ran failed'], 'ran\n'])
  }),
)

test(
  'a failed host and an unreachable host are refused with that status',
  inSite(['a', 'b', 'c'], async site => {
    const plays: readonly TestPlay[] = [{ tasks: () => [need({ name: 'ready' }), hold({ name: 'f' })] }]
    site.write('b', 'ready', 'x')
    site.write('c', 'ready', 'x')
    const plan = await planOf(site, plays)
    site.write('a', 'ready', 'x')
    site.reachBy('c', ['sh', '-c', 'exit 255'])
    const result = await apply(site, plan, plays)
    deepStrictEqual(site.ended, ['a need ready failed', 'c need ready unreachable', 'b need ready ok', 'b f changed'])
    match(failureOf(site, 'need ready'), /^the plan ends here for a: not met: ready holds x$/)
    deepStrictEqual([result?.hosts['a']?.failed, result?.hosts['c']?.unreachable, site.has('a', 'f')], [1, 1, false])
  }),
)

test(
  'a host that the plan does not have is refused, and an interrupt before the run applies nothing',
  inSite(['a', 'b'], async site => {
    const only = (...hosts: readonly string[]): readonly TestPlay[] => [{ hosts, tasks: () => [hold({ name: 'f' })] }]
    const plan = await planOf(site, only('a'))
    strictEqual(await apply(site, plan, only('a', 'b'), { signal: AbortSignal.abort() }), undefined)
    deepStrictEqual([site.has('a', 'f'), site.events], [false, []])
    await apply(site, plan, only('a', 'b'))
    deepStrictEqual([site.has('a', 'f'), site.has('b', 'f')], [true, false])
    match(failureOf(site, 'f', 'b'), /^the plan for b does not have this task$/)
  }),
)

test(
  'a plan contains no secret, and does not depend on the values of secrets',
  inSite(['a'], async site => {
    const plays = (word: string): readonly TestPlay[] => [
      {
        facts: { now: content('f') },
        tasks: () => [
          hold({ name: 'f', secret: new Secret(word), script: sh`printf x >"$HOST.f"; : ${new Secret(word)}` }),
          hold({ name: 'g', text: word, script: sh`printf %s ${word} >"$HOST.g"`, secret: new Secret(word) }),
        ],
      },
    ]
    const one = await planOf(site, plays('CANARY-one'))
    const two = await planOf(site, plays('CANARY-two'))
    ok(!planText(one).includes('CANARY'), planText(one))
    match(planText(one), /\*{8}/)
    // If digests were made from the unmasked text, they would differ.
    const digests = ({ events }: SavedPlan): readonly unknown[] =>
      events.map(event => (event.event === 'task' ? event.digests : []))
    deepStrictEqual(digests(one), digests(two))
    await apply(site, one, plays('CANARY-one'))
    strictEqual(site.read('a', 'g'), 'CANARY-one')
    ok(!JSON.stringify(site.events).includes('CANARY'), JSON.stringify(site.events))
  }),
)

test(
  'a plan has the events of check mode',
  inSite(['a', 'b'], async site => {
    const plan = await planOf(site, holding('f'))
    const said = site.events.filter(({ event }) => event !== 'task-start')
    const events = plan.events.map(event => {
      if (event.event !== 'task') return event
      const { nth, digests, certain, ...rest } = event
      deepStrictEqual([nth, digests.length, certain], [0, 1, true])
      return rest
    })
    deepStrictEqual(events, JSON.parse(JSON.stringify(said)))
  }),
)

test.run()
